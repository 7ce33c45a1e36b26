"""Pulse periods: four ISO weeks in which everybody is asked once (docs/pulse.md)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.people.weeks import monday_of, period_of, sunday_of, week_of, weeks_of_period

START_DAYS = 7
"""Labels are fixed in the first week or not at all, so that everybody has time to be asked."""
CLOSING_TIME = time(3)
CLOSING_DAYS = 3
"""Answers that waited on a laptop still count until the Wednesday 03:00 after the last Sunday."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Four ISO weeks; the thirteenth of a long year has five."""

    id: str
    first: date
    last: date

    @property
    def number(self) -> int:
        """1..13: which questions are asked follows from it."""
        return int(self.id[-2:])

    @property
    def week(self) -> str:
        """Its first week: stages and groups of its Monday hold for the whole period."""
        return week_of(self.first)

    def closes_at(self, timezone: str) -> datetime:
        """The moment (UTC) from which no answer is taken any more, by the company's own clock."""
        day = self.last + timedelta(days=CLOSING_DAYS)
        return datetime.combine(day, CLOSING_TIME, ZoneInfo(timezone)).astimezone(UTC)


def period_named(text: str) -> Period:
    """The period of an id such as `2026-P03`. ValueError with one sentence if it is none."""
    weeks = weeks_of_period(text)
    return Period(text, monday_of(weeks[0]), sunday_of(weeks[-1]))


def period_on(day: date) -> Period:
    """The period a day lies in."""
    return period_named(period_of(week_of(day)))
