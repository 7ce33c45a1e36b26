"""Weeks and pulse periods that a restored store never releases, because it may have released them before.

A copy knows nothing of what was released after it was taken. Made again, from what laptops still send and
from people's data as they are by then, such a week would be out twice, and the difference of both may be one
person.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.db import Base, scale
from server.people.weeks import week_before


def _of_organisation() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE")


class WeekLeftOutRow(Base):
    """A week that the store was restored after, and that its copy had not released."""

    __tablename__ = "week_left_out"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    restored_on: Mapped[date]


class PeriodLeftOutRow(Base):
    """The same of a pulse period."""

    __tablename__ = "period_left_out"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    restored_on: Mapped[date]


def weeks_left_out(session: Session, org_id: UUID) -> Sequence[str]:
    """Oldest first."""
    row = WeekLeftOutRow
    return session.scalars(sa.select(row.week).where(row.org_id == org_id).order_by(row.week)).all()


def periods_left_out(session: Session, org_id: UUID) -> Sequence[str]:
    """Oldest first."""
    row = PeriodLeftOutRow
    return session.scalars(sa.select(row.period).where(row.org_id == org_id).order_by(row.period)).all()


def first_to_release(session: Session, org_id: UUID, week: str) -> str:
    """This week, or the next one after it that is not left out."""
    left_out = set(weeks_left_out(session, org_id))
    while week in left_out:
        week = week_before(week, -1)
    return week
