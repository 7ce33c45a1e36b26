"""Values for My laptop from rows of its days: what was lost, by what, and one sentence about it. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from server.ingest.derive import scoring_fields
from server.scoring.lost_time import CAUSES, LostMinutes, lost_day, lost_week

STRIP_DAYS = 28
WEEKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day of the laptop. `closed` is false while the day goes on: its numbers are the last ones sent."""

    day: date
    closed: bool
    row: Mapping[str, Any]
    lost: LostMinutes | None


@dataclass(frozen=True, slots=True)
class Loss:
    """What all shown days lost: minutes, hours of use, and the causes, the dearest first."""

    minutes: float
    hours: float
    days: int
    causes: Sequence[tuple[str, float]]
    unknown: Sequence[str]
    """Causes that could not be read on any day."""


def own_days(rows: Sequence[Mapping[str, Any]], today: date) -> list[OwnDay]:
    """The newest day first."""
    return [
        OwnDay(row["day"], row["day"] < today, row, lost_day(scoring_fields(row))) for row in reversed(rows)
    ]


def loss(days: Sequence[OwnDay]) -> Loss | None:
    """Of the closed days; None if none of them was a day of use."""
    closed = [day for day in days if day.closed]
    week = lost_week([scoring_fields(day.row) for day in closed])
    if week is None:
        return None
    causes = [(cause, minutes) for cause in CAUSES if (minutes := week.causes[cause]) is not None]
    return Loss(
        minutes=week.minutes,
        hours=week.hours,
        days=sum(day.lost is not None for day in closed),
        causes=sorted(causes, key=lambda pair: -pair[1]),
        unknown=[cause for cause in CAUSES if week.causes[cause] is None],
    )


@dataclass(frozen=True, slots=True)
class OwnWeek:
    """What the closed days of a week lost, in minutes, by cause (None: could not be read), and hours used."""

    monday: date
    minutes: float
    hours: float
    causes: Mapping[str, float | None]

    @property
    def per_hour(self) -> float:
        """Minutes lost per hour of use, the figure that groups have."""
        return self.minutes / self.hours


def own_weeks(days: Sequence[OwnDay]) -> list[OwnWeek]:
    """The last weeks in which a day was one of use, the newest first."""
    by_monday: dict[date, list[OwnDay]] = defaultdict(list)
    for day in days:
        if day.closed:
            by_monday[day.day - timedelta(days=day.day.weekday())].append(day)
    weeks = []
    for monday, found in sorted(by_monday.items(), reverse=True):
        lost = lost_week([scoring_fields(day.row) for day in found])
        if lost is not None:
            weeks.append(OwnWeek(monday, lost.minutes, lost.hours, lost.causes))
    return weeks[:WEEKS_SHOWN]


def strip_values(days: Sequence[OwnDay], today: date) -> list[float | None]:
    """Minutes lost on each of the last days before today, the oldest first; None where nothing is known."""
    lost = {day.day: day.lost.minutes for day in days if day.lost is not None}
    return [lost.get(today - timedelta(days=back)) for back in range(STRIP_DAYS, 0, -1)]


def newest_coverage(days: Sequence[OwnDay]) -> Mapping[str, str]:
    """Which sources could be read on the newest day that says so."""
    return next((day.row["coverage"] for day in days if day.row["coverage"]), {})
