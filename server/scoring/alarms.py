"""Watching a company's series from look to look, and what alarms say of them (docs/scoring.md 10.2).

What is kept between two looks is a mapping of series; each look gives the next mapping and what it found.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean
from typing import NamedTuple

from server.scoring.alarm_limits import AlarmLimits
from server.scoring.bursts import NO_BURST, Burst, Day, base_of
from server.scoring.drift import AT_REST, DOWN, UP, Drift, news_of
from server.scoring.parameters import ALARM_PERSONS, BURST_DAYS, RATES, SCORE_FLOOR, K
from server.scoring.size_class import size_class
from server.scoring.z_values import DAYS, Value, lag_one, memory, z_value

SHOCK, DRIFT, BURST = "shock", "drift", "burst"


@dataclass(frozen=True)
class ScoreSeries:
    """A score or rate of the company or of a unit: values without shocks, their z, oldest first."""

    values: tuple[Value, ...] = ()
    z: tuple[Value, ...] = ()
    drift: Drift = AT_REST


@dataclass(frozen=True)
class CountSeries:
    """Events and hours of the last 4 weeks of an application's version or of a model, oldest first."""

    days: tuple[Day | None, ...] = ()
    burst: Burst = NO_BURST


class Measured(NamedTuple):
    """A value, and the least standard deviation it can have."""

    value: float
    floor: float = SCORE_FLOOR


def measured_day(value: Value, floor: float, persons: int) -> Measured | None:
    """A day of the company or a unit; None if fewer than 20 persons are behind it."""
    return None if value is None or persons < ALARM_PERSONS else Measured(value, floor)


class Item(NamedTuple):
    """An application or a model, and its version if there is one."""

    name: str
    version: str = ""


Subject = str | Item
"""A group such as `unit:Sales`, or an item."""


@dataclass(frozen=True)
class Found:
    """`looks`: how many the change has lasted, this one included. `turn`: halfway between the values before
    it and those since; a value on the side of those before is back."""

    subject: Subject
    kind: str
    side: str
    looks: int = 1
    turn: float = 0.0


@dataclass(frozen=True)
class Message:
    """All that is published of the alarms of one signal and day.

    `items`: size class of affected devices of each application or model; of a group's alarm under "".
    `versions`: of the items of which one version alone is behind it.
    """

    signal: str
    start: date
    items: Mapping[str, str]
    versions: Mapping[str, str] = field(default_factory=dict)


def watch_scores(
    series: Mapping[str, ScoreSeries],
    today: Mapping[str, Measured],
    limits: AlarmLimits,
    weekday: int = 0,
    period: int = DAYS,
) -> tuple[dict[str, ScoreSeries], list[Found]]:
    """The next look at all series of one signal; who is not in `today` is missing.

    `weekday`: of today, Monday 0. `period`: DAYS, or WEEKS for weekly series.
    """
    rho = lag_one([one.z for one in series.values()])
    following, found = {}, []
    for subject in sorted(series.keys() | today.keys()):
        before, measured = series.get(subject, ScoreSeries()), today.get(subject)
        z = None if measured is None else z_value(*measured, before.values, weekday, period)
        shock = z is not None and abs(z) >= limits.shock
        drift = before.drift.after(news_of(z, before.z[-1] if before.z else None, rho))
        known = (*before.values, None if measured is None else measured.value)
        if shock and z is not None:
            found.append(Found(subject, SHOCK, UP if z > 0 else DOWN, 1, _turn(known, 1)))
        if side := drift.side_above(limits.drift):
            looks = drift.up_for if side == UP else drift.down_for
            found.append(Found(subject, DRIFT, side, looks, _turn(known, looks)))
            drift = AT_REST
        reference = None if shock or measured is None else measured.value
        values = (*before.values, reference)[-memory(period) :]
        if any(value is not None for value in values):
            following[subject] = ScoreSeries(values, (*before.z, z)[-memory(period) :], drift)
    return following, found


def watch_counts(
    series: Mapping[Item, CountSeries], today: Mapping[Item, Day], phi: float, limits: AlarmLimits
) -> tuple[dict[Item, CountSeries], list[Found]]:
    """The next day of all count series of one signal."""
    together = _together(series)
    following, found = {}, []
    for item in sorted(series.keys() | today.keys()):
        before, day = series.get(item, CountSeries()), today.get(item)
        base = base_of(before.days, together.get(item.name), phi)
        burst = before.burst if base is None else before.burst.after(day, base, phi)
        if burst.total >= limits.burst:
            since = _sum((*before.days, day)[-burst.looks :])
            found.append(Found(item, BURST, UP, burst.looks, ((base or 0.0) + since[0] / since[1]) / 2))
            burst = NO_BURST
        days = (*before.days, day)[-BURST_DAYS:]
        if any(days):
            following[item] = CountSeries(days, burst)
    return following, found


def looks_of_week(series: Iterable[ScoreSeries], period: int = DAYS) -> int:
    """How many values there were in the last week: what limits are made of.

    Those of series too young to be tested are counted too: tomorrow they may be old enough, all at once.
    """
    return sum(
        value is not None or z is not None
        for one in series
        for value, z in zip(one.values[-period:], one.z[-period:], strict=True)
    )


def counts_of_week(series: Iterable[CountSeries]) -> int:
    """The same of count series."""
    return sum(day is not None for one in series for day in one.days[-DAYS:])


def is_worse(signal: str, found: Found) -> bool:
    """Whether it got worse: more of a rate, a lower score."""
    return found.side == (UP if found.kind == BURST or signal in RATES else DOWN)


def message(
    signal: str, day: date, found: Sequence[Found], devices: Mapping[str | Item, int], period: int = DAYS
) -> Message | None:
    """Of what one look found for a signal; None if nothing got worse, or for fewer than 5 devices.

    `devices`: how many are affected, by subject. `period`: of the series.
    """
    said = [one for one in found if is_worse(signal, one) and devices.get(one.subject, 0) >= K]
    if not said:
        return None
    affected: dict[str, int] = defaultdict(int)
    versions: dict[str, set[str]] = defaultdict(set)
    for one in said:
        name = one.subject.name if isinstance(one.subject, Item) else ""
        affected[name] = max(affected[name], devices[one.subject])
        versions[name].add(one.subject.version if isinstance(one.subject, Item) else "")
    look = timedelta(days=1 if period == DAYS else 7)
    start = day - look * (max(one.looks for one in said) - 1)
    return Message(
        signal,
        start,
        {name: size_class(number) for name, number in sorted(affected.items())},
        {name: "".join(alone) for name, alone in versions.items() if len(alone) == 1 and any(alone)},
    )


def _turn(values: Sequence[Value], looks: int) -> float:
    """Halfway between the mean of the values before the last `looks` and the mean of these."""
    before = [value for value in values[:-looks] if value is not None]
    since = [value for value in values[-looks:] if value is not None]
    return (fmean(before or since) + fmean(since or before)) / 2


def _sum(days: Sequence[Day | None]) -> Day:
    known = [day for day in days if day is not None]
    return sum(y for y, _ in known), sum(e for _, e in known)


def _together(series: Mapping[Item, CountSeries]) -> dict[str, Day]:
    """Events and hours of the last 4 weeks of all versions of a name, once it is so old itself."""
    sums: dict[str, Day] = {}
    old = {item.name for item, one in series.items() if len(one.days) >= BURST_DAYS}
    for item, one in series.items():
        if item.name not in old:
            continue
        y, e = sums.get(item.name, (0.0, 0.0))
        more = _sum(one.days)
        sums[item.name] = (y + more[0], e + more[1])
    return sums
