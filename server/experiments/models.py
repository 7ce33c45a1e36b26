"""Tables of changes that are tried out: what was registered, who was drawn, and a reading a week.

A reading is written once and never changed, as a release is.
"""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale

WITHHELD, REMODELLED = "withheld", "remodelled"
"""What a reading says when nothing may be said of so few people, and when the score model changed on the way;
else it is a word of server/scoring/always_valid.py."""


def _of_organisation() -> tuple[sa.ForeignKeyConstraint, dict[str, Any]]:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"), scale("tenant")


class ExperimentRow(Base):
    """A change that was registered before it began.

    `design`: `laptops` or `teams`; `state`: `planned`, `running` or `ended`. `first_week`: the first one
    with the change. `salt` decides the lot. `power`: [[weeks, points that would be found], ...] as told
    before the start.
    """

    __tablename__ = "experiment"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    hypothesis: Mapped[str]
    measure: Mapped[str]
    design: Mapped[str]
    weeks: Mapped[int]
    state: Mapped[str]
    planned_on: Mapped[date]
    first_week: Mapped[str | None]
    ended_on: Mapped[date | None]
    salt: Mapped[str | None]
    power: Mapped[list[Any]]


class ExperimentTeamRow(Base):
    """A reporting team in a roll-out, and the week in which it gets the change; None: not at all."""

    __tablename__ = "experiment_team"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(primary_key=True)
    start_week: Mapped[str | None]


class ExperimentPersonRow(Base):
    """Somebody whose laptops were in the lot, drawn for the change or not. A row of a person."""

    __tablename__ = "experiment_person"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str]
    treated: Mapped[bool]


class ExperimentReadingRow(Base):
    """What an experiment said in a released week, in points; numbers are null where nothing may be said.

    `treated` and `others`: people in each arm, or teams.
    """

    __tablename__ = "experiment_reading"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    says: Mapped[str]
    treated: Mapped[int | None]
    others: Mapped[int | None]
    effect: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    p: Mapped[float | None]


class DriverRow(Base):
    """What moved together with satisfaction in the released periods up to one; `facet` of the score."""

    __tablename__ = "driver"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    facet: Mapped[str] = mapped_column(primary_key=True)
    slope: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    groups: Mapped[int]
    rows: Mapped[int]
