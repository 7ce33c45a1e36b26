"""What a day and a week are worth to the watch: values of groups and items, from rows and releases. Pure.

Read by the look alone (docs/scoring.md 10.2): nothing of a group of fewer than 20 persons, and of an
application, version or model on fewer than 20 laptops, is a value at all.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum
from statistics import fmean

from server.privacy.plan import COMPANY
from server.privacy.records import GaugeSum, RateSum, Release
from server.scoring.alarms import Item, Measured, Subject, measured_day
from server.scoring.bursts import Day
from server.scoring.dispersion import EventSums, dispersion
from server.scoring.parameters import (
    ALARM_PERSONS,
    DAY_HOURS,
    GAUGES,
    IN_FORCE,
    MOST_EVENTS,
    RATES,
    VALID_DAY_HOURS,
    Model,
    Signal,
)
from server.scoring.person_week import DeviceDay, measured
from server.scoring.z_values import rate_value

Phi = Mapping[str, float]
"""How much events of each rate vary beyond chance."""


@dataclass(frozen=True)
class Seen:
    """One look at one signal: groups' values and items' events, and how many laptops are behind each."""

    groups: Mapping[str, Measured] = field(default_factory=dict)
    items: Mapping[Item, Day] = field(default_factory=dict)
    laptops: Mapping[Subject, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemDay:
    """An application's version or a model on one day: laptops that had it, those it happened on, sums."""

    item: Item
    laptops: int
    affected: int
    events: float
    hours: float


MOST_FREE = 0.2
"""A group of which more people have a holiday is not looked at on that day, whoever works nevertheless."""


def groups_seen(
    days: Mapping[str, Iterable[DeviceDay]],
    unit_of: Mapping[str, str | None],
    phi: Phi,
    model: Model = IN_FORCE,
    free: Collection[str] = (),
) -> dict[str, Seen]:
    """Of each signal the company and its units, from the day's device-days of each member.

    `unit_of`: the reporting unit of everybody who belongs to the company; others are left out. `model`: by
    whose curves gauges are read. `free`: people for whom the day is not like others of its weekday; a
    holiday is not held against a normal Thursday.
    """
    left_out = _mostly_free(unit_of, free)
    gauges: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in GAUGES}
    rates: dict[str, dict[str, list[Day]]] = {name: defaultdict(list) for name in RATES}
    for person, rows in days.items():
        if person not in unit_of or person in free:
            continue
        groups = [group for group in _groups_of(unit_of[person]) if group not in left_out]
        seen = [row for row in rows if 0 <= _use(row) <= DAY_HOURS]
        for name in GAUGES:
            if (score := _score(model.signals[name], seen)) is not None:
                for group in groups:
                    gauges[name][group].append(score)
        for name in RATES:
            if (rate := _rate(name, seen)) is not None:
                for group in groups:
                    rates[name][group].append(rate)
    found = {}
    for name, scores in gauges.items():
        found[name] = _seen((group, Measured(fmean(those)), len(those)) for group, those in scores.items())
    for name, parts in rates.items():
        at = phi.get(name, 1.0)
        found[name] = _seen((group, _rate_of(those, at), len(those)) for group, those in parts.items())
    return found


def _groups_of(unit: str | None) -> list[str]:
    return [COMPANY] if unit is None else [COMPANY, f"unit:{unit}"]


def _mostly_free(unit_of: Mapping[str, str | None], free: Collection[str]) -> set[str]:
    """The groups of which too many people are free for the rest to be compared with other days."""
    if not free:
        return set()
    members: Counter[str] = Counter()
    away: Counter[str] = Counter()
    for person, unit in unit_of.items():
        members.update(_groups_of(unit))
        if person in free:
            away.update(_groups_of(unit))
    return {group for group, number in away.items() if number > MOST_FREE * members[group]}


def items_seen(days: Iterable[ItemDay]) -> tuple[dict[Item, Day], dict[Subject, int]]:
    """Those on enough laptops, and on how many of these something happened."""
    enough = [day for day in days if day.laptops >= ALARM_PERSONS and day.hours > 0]
    return {day.item: (day.events, day.hours) for day in enough}, {day.item: day.affected for day in enough}


def week_seen(release: Release, phi: Phi) -> dict[str, Seen]:
    """Of each signal every group of a released week but the company, whose days are watched."""
    found = {}
    for name, gauges in release.gauges.items():
        if name in GAUGES:
            values = {group: Measured(one.x / one.n) for group, one in gauges.items() if group != COMPANY}
            found[name] = Seen(values, laptops=_numbers(gauges, values))
    for name, rates in release.rates.items():
        if name in RATES:
            known = {
                group: value
                for group, one in rates.items()
                if group != COMPANY and (value := _rate_of([(one.y, one.e)], phi.get(name, 1.0))) is not None
            }
            found[name] = Seen(known, laptops=_numbers(rates, known))
    return found


def _numbers(sums: Mapping[str, GaugeSum | RateSum], groups: Iterable[str]) -> dict[Subject, int]:
    return {group: sums[group].n for group in groups}


def phi_of(releases: Iterable[Release]) -> dict[str, float]:
    """How much events vary between person-weeks, from released sums of the whole company."""
    sums: dict[str, EventSums] = defaultdict(EventSums)
    for release in releases:
        for name, pool in release.rate_pools.items():
            sums[name] += pool
    return {name: dispersion(pool) for name, pool in sums.items()}


def _seen(found: Iterable[tuple[str, Measured | None, int]]) -> Seen:
    """Of groups, their values and numbers of persons, those that are large enough."""
    values: dict[str, Measured] = {}
    persons: dict[Subject, int] = {}
    for group, value, number in found:
        if value is not None and (day := measured_day(*value, number)) is not None:
            values[group], persons[group] = day, number
    return Seen(values, laptops=persons)


def _use(row: DeviceDay) -> float:
    use = row.get("usage_hours")
    return -1.0 if use is None else use


def _score(signal: Signal, rows: Iterable[DeviceDay]) -> float | None:
    """A person's day on the gauge's curve, laptops weighed by their use."""
    known = [
        (_use(row), signal.curve(value))
        for row in rows
        if _use(row) >= VALID_DAY_HOURS and (value := measured(signal, row)) is not None
    ]
    total = fsum(hours for hours, _ in known)
    return fsum(hours * score for hours, score in known) / total if known else None


def _rate(name: str, rows: Iterable[DeviceDay]) -> Day | None:
    """A person's events and hours of the day; one laptop that keeps crashing is not a company's trouble."""
    signal, events, hours = RATES[name], [], []
    for row in rows:
        count, span = measured(signal, row), row.get(signal.hours_field)
        if count is not None and span is not None and 0 < span <= DAY_HOURS:
            events.append(count)
            hours.append(span)
    return (min(fsum(events), MOST_EVENTS), fsum(hours)) if hours else None


def _rate_of(parts: Iterable[Day], phi: float) -> Measured | None:
    parts = list(parts)
    value, floor = rate_value(fsum(y for y, _ in parts), fsum(e for _, e in parts), phi)
    return None if value is None else Measured(value, floor)
