"""How joining, moving and leaving went for one person, from days alone. Pure (docs/lifecycle.md).

A deadline is a working day of the person's site: who is hired on a Sunday begins on Monday.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from server.people.working_days import Calendar

DAY_ONE, PRODUCTIVE, MOVED, LEFT = "day_one", "productive", "moved", "left"
FIGURES = (DAY_ONE, PRODUCTIVE, MOVED, LEFT)
PARTS: Mapping[str, tuple[str, ...]] = {
    DAY_ONE: ("ready", "laptop", "signed_in", "applications"),
    PRODUCTIVE: ("within_5_days", "within_10_days"),
    MOVED: ("ready", "laptop", "applications"),
    LEFT: ("complete", "silent", "returned", "access_closed", "could_be_asked"),
}
"""Figure -> its parts; `ready` is all others together, `complete` all but `could_be_asked`."""

FOLLOWED_DAYS = 21
"""So many days after a hire, a move or a last day are looked at."""
APPLICATION_DAYS = 5
"""Working days within which a required application has to be in front once: it is not known before that."""
PRODUCTIVE_HOURS = 4.0
UNDISTURBED = 0.95
"""A day without disturbance: technology took a twentieth of it at most (docs/scoring.md 14)."""
SILENT_DAYS = 7
ASKED_DAYS = 3
"""Before the last day, when somebody who leaves can still be asked why."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Use:
    """A day on which somebody's laptop was in use: active hours and undisturbed share of them."""

    day: date
    hours: float
    undisturbed: float


@dataclass(frozen=True, slots=True)
class Held:
    """A laptop that somebody had from `since` to `until`, both included, if an end is known. `enrolled`
    is None for one that only the asset list knows. `back`: IT has it again, or wiped it."""

    since: date
    until: date | None
    enrolled: date | None
    back: bool = False

    def on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Traces:
    """What the store has of one person. `applications`: the day on which each was first in front.
    `access_closed`: the day on which a directory or IT closed it. `known`: since when they know that they
    leave."""

    site: str | None = None
    laptops: Sequence[Held] = ()
    days: Sequence[Use] = ()
    applications: Mapping[str, date] = field(default_factory=dict)
    access_closed: date | None = None
    known: date | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which parts of a figure hold; and after how many working days, None for not within those looked at."""

    parts: Mapping[str, bool]
    days: int | None = None


def day_one(hire: date, needed: Collection[str], traces: Traces, calendar: Calendar) -> Outcome | None:
    """Whether everything was there on the first working day; the days are those that it was late. None for
    somebody who has no laptop."""
    end = hire + FOLLOWED_DAYS * _DAY
    enrolled = _first(_ready(held) for held in traces.laptops if held.since <= end)
    if enrolled is None and not any(held.since <= end for held in traces.laptops):
        return None
    start = first_working_day(hire, traces.site, calendar)
    signed_in = _first(use.day for use in traces.days)
    applications = _applications(start, needed, traces, calendar)
    laptop, sign_in = _by(enrolled, start), _by(signed_in, start)
    late = None
    if enrolled is not None and signed_in is not None and max(enrolled, signed_in) <= end:
        late = calendar.working_days(start + _DAY, max(enrolled, signed_in), traces.site)
    parts = {"laptop": laptop, "signed_in": sign_in, "applications": applications}
    return Outcome({"ready": all(parts.values()), **parts}, late)


def productive(hire: date, traces: Traces, calendar: Calendar) -> Outcome | None:
    """The first day with four active hours without disturbance, in working days from the hire on; the first
    day counts as 1. None for somebody whose laptop told nothing of these days."""
    end = hire + FOLLOWED_DAYS * _DAY
    days = [use for use in traces.days if hire <= use.day <= end]
    if not days:
        return None
    good = _first(use.day for use in days if use.hours >= PRODUCTIVE_HOURS and use.undisturbed >= UNDISTURBED)
    number = None if good is None else max(1, calendar.working_days(hire, good, traces.site))
    return Outcome(
        {f"within_{limit}_days": number is not None and number <= limit for limit in (5, 10)}, number
    )


def moved(day: date, needed: Collection[str], traces: Traces, calendar: Calendar) -> Outcome | None:
    """Whether a laptop and the applications of the new team were there. None without a laptop."""
    end = day + FOLLOWED_DAYS * _DAY
    if not any(held.since <= end and (held.until is None or held.until >= day) for held in traces.laptops):
        return None
    start = first_working_day(day, traces.site, calendar)
    parts = {
        "laptop": any(held.on(start) and _by(held.enrolled, start) for held in traces.laptops),
        "applications": _applications(start, needed, traces, calendar),
    }
    return Outcome({"ready": all(parts.values()), **parts})


def left(last: date, traces: Traces) -> Outcome | None:
    """Whether somebody's going is complete. None for somebody who had no laptop in the last week."""
    end, week = last + FOLLOWED_DAYS * _DAY, last - 6 * _DAY
    had = [
        held
        for held in traces.laptops
        if held.enrolled is not None and held.since <= last and (held.until is None or held.until >= week)
    ]
    if not had:
        return None
    asked = last - ASKED_DAYS * _DAY
    in_use = any(asked <= use.day <= last for use in traces.days)
    closed = traces.access_closed
    parts = {
        "silent": not any(last < use.day <= last + SILENT_DAYS * _DAY for use in traces.days),
        "returned": all(held.back or (held.until is not None and held.until <= end) for held in had),
        "access_closed": _by(closed, end),
    }
    could_be_asked = in_use and _by(traces.known, asked) and not (closed and closed <= asked)
    return Outcome({"complete": all(parts.values()), **parts, "could_be_asked": could_be_asked})


def first_working_day(day: date, site: str | None, calendar: Calendar) -> date:
    """The day itself, if people work on it."""
    return day if calendar.is_working(day, site) else calendar.after_working_days(day, 1, site)


def _ready(held: Held) -> date | None:
    """From when on a laptop was both this person's and enrolled."""
    return None if held.enrolled is None else max(held.since, held.enrolled)


def _applications(start: date, needed: Collection[str], traces: Traces, calendar: Calendar) -> bool:
    limit = calendar.after_working_days(start, APPLICATION_DAYS - 1, traces.site)
    return all(_by(traces.applications.get(app), limit) for app in needed)


def _by(found: date | None, limit: date) -> bool:
    return found is not None and found <= limit


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)
