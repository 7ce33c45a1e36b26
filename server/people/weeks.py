"""ISO weeks and quarters of weeks: the calendar in which releases are made (docs/scoring.md 2.1, 2.4)."""

from datetime import date, timedelta

WEEKS_IN_WINDOW = 4
QUARTER_STARTS = (1, 14, 27, 40)  # week numbers; week 53, where there is one, belongs to the fourth quarter


def week_of(day: date) -> str:
    """The id `YYYY-Www` of the ISO week a day lies in."""
    year, number, _ = day.isocalendar()
    return f"{year:04d}-W{number:02d}"


def monday_of(week: str) -> date:
    """First day of a week. ValueError with one sentence if the id is none."""
    try:
        year, number = week.split("-W")
        if len(year) != 4 or len(number) != 2:
            raise ValueError
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise ValueError(f"{week!r} is not an ISO week such as 2026-W10") from None


def sunday_of(week: str) -> date:
    """Last day of a week."""
    return monday_of(week) + timedelta(days=6)


def week_before(week: str, weeks: int = 1) -> str:
    """The week that many weeks earlier (later, if negative)."""
    return week_of(monday_of(week) - timedelta(weeks=weeks))


def window_of(week: str) -> list[str]:
    """The weeks that a score of this week adds up, oldest first."""
    return [week_before(week, back) for back in range(WEEKS_IN_WINDOW - 1, -1, -1)]


def fixing_week(week: str) -> str:
    """The week on whose Monday the reporting groups of this week's quarter were fixed."""
    monday_of(week)
    year, number = week.split("-W")
    start = max(first for first in QUARTER_STARTS if first <= int(number))
    return f"{year}-W{start:02d}"


WEEKS_IN_PERIOD, LAST_PERIOD = 4, 13


def period_of(week: str) -> str:
    """The pulse period, `YYYY-Pnn`, that a week belongs to; week 53 belongs to the thirteenth."""
    monday_of(week)
    year, number = week.split("-W")
    return f"{year}-P{min(LAST_PERIOD, (int(number) + 3) // WEEKS_IN_PERIOD):02d}"


def weeks_of_period(period: str) -> list[str]:
    """The weeks of a pulse period: four, or five at the end of a long year. ValueError if the id is none."""
    year, _, number = period.partition("-P")
    if not (len(year) == 4 and year.isdigit() and number.isdigit() and 1 <= int(number) <= LAST_PERIOD):
        raise ValueError(f"{period!r} is not a pulse period such as 2026-P03")
    week = f"{year}-W{WEEKS_IN_PERIOD * (int(number) - 1) + 1:02d}"
    weeks = []
    while period_of(week) == f"{year}-P{int(number):02d}":
        weeks.append(week)
        week = week_before(week, -1)
    return weeks
