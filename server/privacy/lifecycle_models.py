"""Tables of the figures of joining, moving and leaving: sums of a period, written once."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> tuple[sa.ForeignKeyConstraint, dict[str, Any]]:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"), scale("tenant")


class LifecycleReleaseRow(Base):
    """A released period. `digest` covers its numbers and the digest before it."""

    __tablename__ = "lifecycle_release"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date]
    k: Mapped[int]
    released_on: Mapped[date]
    previous: Mapped[str]
    digest: Mapped[str]


class LifecycleSumRow(Base):
    """Of how many of `n` people a part of a figure holds; `unit` is empty for the whole company."""

    __tablename__ = "lifecycle_sum"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    y: Mapped[int]


class LifecycleMedianRow(Base):
    """The company's median in working days, and its interval; null: beyond the days looked at."""

    __tablename__ = "lifecycle_median"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    median: Mapped[int | None]
    low: Mapped[int | None]
    high: Mapped[int | None]
