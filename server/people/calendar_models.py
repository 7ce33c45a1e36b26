"""Tables of the calendar: in which country a site works, and days of its own.

`site` is as the directory names it, and empty for everywhere.
"""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> tuple[sa.ForeignKeyConstraint, dict[str, Any]]:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"), scale("tenant")


class CalendarPlaceRow(Base):
    """Whose holidays hold: a country by ISO 3166-1 and its part by ISO 3166-2, if it has parts of its own."""

    __tablename__ = "calendar_place"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    country: Mapped[str]
    subdivision: Mapped[str | None]


class CalendarDayRow(Base):
    """A day that the company itself made free, or on which it works although others do not."""

    __tablename__ = "calendar_day"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    works: Mapped[bool]
