"""Pulse periods: four ISO weeks in which everybody is asked once (docs/pulse.md)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKS = 4
LAST_NUMBER = 13  # takes the 53rd week of a long year, so that periods begin with the year
START_DAYS = 7
"""Labels are fixed in the first week or not at all, so that everybody has time to be asked."""
CLOSING_TIME = time(3)
CLOSING_DAYS = 3
"""Answers that waited on a laptop still count until the Wednesday 03:00 after the last Sunday."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Four ISO weeks; the last of a long year has five."""

    year: int
    number: int

    @property
    def id(self) -> str:
        return f"{self.year:04d}-P{self.number:02d}"

    @property
    def first(self) -> date:
        """Its first Monday."""
        return date.fromisocalendar(self.year, WEEKS * (self.number - 1) + 1, 1)

    @property
    def last(self) -> date:
        """Its last Sunday."""
        return self.after.first - timedelta(days=1)

    @property
    def after(self) -> "Period":
        if self.number == LAST_NUMBER:
            return Period(self.year + 1, 1)
        return Period(self.year, self.number + 1)

    def closes_at(self, timezone: str) -> datetime:
        """The moment (UTC) from which no answer is taken any more, by the company's own clock."""
        day = self.last + timedelta(days=CLOSING_DAYS)
        return datetime.combine(day, CLOSING_TIME, ZoneInfo(timezone)).astimezone(UTC)


def period_of(day: date) -> Period:
    """The period a day lies in."""
    year, week, _ = day.isocalendar()
    return Period(year, min(LAST_NUMBER, (week - 1) // WEEKS + 1))


def period_named(text: str) -> Period:
    """The period of an id such as `2026-P03`. ValueError with one sentence if it is none."""
    found = re.fullmatch(r"([0-9]{4})-P([0-9]{2})", text)
    if found is None or not 1 <= int(found[2]) <= LAST_NUMBER or int(found[1]) == 0:
        raise ValueError(f"“{text}” is not a pulse period such as 2026-P03.")
    return Period(int(found[1]), int(found[2]))


def local_day(now: datetime, timezone: str) -> date:
    """The company's own date."""
    return now.astimezone(ZoneInfo(timezone)).date()
