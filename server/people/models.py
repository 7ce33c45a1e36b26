"""Tables of the organisation, its people, and their places and times.

Whatever changes in working life has a day on which it began, so that last March is read with the teams
of last March. Days only, no clock times.
"""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class Organisation(Base):
    """One company. `slug` is its name on the command line; `k` and `group_least` are its thresholds.

    `cost_per_hour` of working time, in `cost_currency` (ISO 4217): both, or neither.
    """

    __tablename__ = "organisation"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="UTC")
    k: Mapped[int] = mapped_column(default=5)
    group_least: Mapped[int] = mapped_column(default=7)
    created_on: Mapped[date]
    demo: Mapped[bool] = mapped_column(default=False)
    cost_per_hour: Mapped[float | None]
    cost_currency: Mapped[str | None]


class PersonRow(Base):
    """Somebody who works or worked here. `employee_id` is the directory's own name for them.

    `notice_known` and `last_day_known` are the days from which HR marked that the person knows
    (docs/lifecycle.md).
    """

    __tablename__ = "person"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "employee_id"),
        sa.Index(None, "org_id", "manager"),  # serves: whom somebody leads, at each of their requests
        sa.Index(None, "org_id", "email"),  # serves: finding who a directory means by an address
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]
    manager: Mapped[str | None]
    site: Mapped[str | None]
    hire: Mapped[date | None]
    notice: Mapped[date | None]
    notice_known: Mapped[date | None]
    last_day: Mapped[date | None]
    last_day_known: Mapped[date | None]


class AssignmentRow(Base):
    """Unit and team of a person from a day on, until the day before the next row of that person.

    `reorganised`: the company changed on that day, and not this person's working life.
    """

    __tablename__ = "assignment"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_from: Mapped[date] = mapped_column(primary_key=True)
    assignment_to: Mapped[date | None]
    unit: Mapped[str | None]
    team: Mapped[str | None]
    branch: Mapped[str | None]
    reorganised: Mapped[bool | None]


class MoveRow(Base):
    """A day on which working life changed beside a change of team: a new role, or a return."""

    __tablename__ = "move"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_change: Mapped[date] = mapped_column(primary_key=True)


class AbsenceRow(Base):
    """Days on which somebody is registered as away, without the reason. No `absence_to` means: still."""

    __tablename__ = "absence"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    absence_from: Mapped[date] = mapped_column(primary_key=True)
    absence_to: Mapped[date | None]


class PartnerRow(Base):
    """Two units, or two teams, that are shown together first if one is too small alone.

    `kind` is `unit` or `team`; each pair is stored once, with `name` before `partner`.
    """

    __tablename__ = "partner"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    partner: Mapped[str] = mapped_column(primary_key=True)


class ReportingGroupRow(Base):
    """Where a team of the directory is shown in a quarter; `quarter` is the week of the fixing Monday.

    `unit` is empty if it is not known. `headcount` is of that Monday, 0 for a team that came later.
    """

    __tablename__ = "reporting_group"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    quarter: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(primary_key=True)
    group_unit: Mapped[str]
    group_team: Mapped[str]
    headcount: Mapped[int]


class InventoryRow(Base):
    """Whose laptop a serial number is, as the asset list says; the laptop need not be enrolled yet."""

    __tablename__ = "inventory"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(primary_key=True)
    inventory_from: Mapped[date] = mapped_column(primary_key=True)
    inventory_to: Mapped[date | None]
    person_id: Mapped[UUID]
