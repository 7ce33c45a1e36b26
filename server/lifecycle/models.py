"""Tables of what somebody needs who joins or moves, and of tasks that IT did."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> tuple[sa.ForeignKeyConstraint, dict[str, Any]]:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"), scale("tenant")


class RequiredApplicationRow(Base):
    """An application that everybody in a team needs; with an empty `team`, everybody."""

    __tablename__ = "required_application"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(primary_key=True)
    app: Mapped[str] = mapped_column(primary_key=True)


class TaskDoneRow(Base):
    """That IT marked a task about somebody as done. `kind` is a word of server/lifecycle/tasks.py; `about` is
    the laptop's id, or the day that an account was due."""

    __tablename__ = "task_done"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
