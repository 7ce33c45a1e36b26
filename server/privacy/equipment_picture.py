"""The picture of a day: what 14 released days say of versions, models and places. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from statistics import fmean

from server.privacy.equipment_release import EquipmentDay, EquipmentSum
from server.scoring.bursts import Day
from server.scoring.change_point import change_point, fitting_updates
from server.scoring.dispersion import EventSums, dispersion
from server.scoring.equipment import Counted, EquipmentRate, equipment_rates
from server.scoring.equipment_limits import (
    APP_SIGNALS,
    DAYS_ALIKE,
    PICTURE_DAYS,
    SYSTEM,
    UPDATES_NAMED,
    VERSION,
    dimensions_of,
)
from server.scoring.parameters import RATES
from server.scoring.rates import COMPANY_PRIOR, posterior

_DAY = timedelta(days=1)
WEEK_DAYS = 7

Series = tuple[str, str]
"""A signal, and an application or nothing."""
GroupKey = tuple[str, str]
"""Dimension and name; both empty for the company."""
COMPANY: GroupKey = ("", "")


@dataclass(frozen=True, slots=True)
class Since:
    """From which day a rate is another, and the updates that began on a day that it may have been."""

    day: date
    earliest: date
    latest: date
    before: float
    after: float
    began_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupPicture:
    """A version, model or place: laptops of a day in the mean, its rate, and its weeks, oldest first."""

    name: str
    laptops: float
    found: EquipmentRate
    since: Since | None
    weeks: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class PastGroup:
    """A version, model or place of earlier weeks that none of the picture's days has."""

    dimension: str
    name: str
    weeks: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class SignalPicture:
    """One signal of the company, and by dimension its groups. `weeks`: the company's rate, oldest first."""

    signal: str
    app: str
    laptops: float
    rate: float
    low: float
    high: float
    since: Since | None
    weeks: tuple[float | None, ...]
    dimensions: Mapping[str, tuple[GroupPicture, ...]] = field(default_factory=dict)
    past: tuple[PastGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Of the days `first` to `last`; `weeks` are the last days of the weeks of trends."""

    first: date
    last: date
    weeks: tuple[date, ...]
    signals: tuple[SignalPicture, ...]


def picture(days: Sequence[EquipmentDay], begun: Mapping[str, date] | None = None) -> Picture:
    """The picture of the last of these days, a quarter of a year of them at most, oldest first.

    `begun`: of signals that were counted by another limit before, the first day that counts.
    """
    begin, until = days[0].day, days[-1].day
    first = until - (PICTURE_DAYS - 1) * _DAY
    count = (until - begin).days // WEEK_DAYS + 1
    weeks = tuple(until - i * WEEK_DAYS * _DAY for i in reversed(range(count)))
    seen: dict[Series, dict[GroupKey, dict[date, EquipmentSum]]] = defaultdict(lambda: defaultdict(dict))
    for released in days:
        for one in released.sums:
            seen[one.signal, one.app][one.dimension, one.name][released.day] = one
    calendar = _Calendar(begin, first, until, weeks, _updates(seen, begin))
    for signal, first_alike in (begun or {}).items():
        if (signal, "") in seen:
            seen[signal, ""] = _since_day(seen[signal, ""], first_alike)
    pictures = (_signal(series, groups, calendar) for series, groups in sorted(seen.items()))
    return Picture(first, until, weeks, tuple(found for found in pictures if found is not None))


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The days of a picture and of its trends; `updates`: application or nothing -> name -> day's index."""

    begin: date
    first: date
    until: date
    weeks: tuple[date, ...]
    updates: Mapping[str, Mapping[str, int]]


Sums = Mapping[date, EquipmentSum]


def _since_day(groups: Mapping[GroupKey, Sums], first: date) -> dict[GroupKey, dict[date, EquipmentSum]]:
    """Without the days before, and the groups that have no other."""
    kept = {key: {day: one for day, one in sums.items() if day >= first} for key, sums in groups.items()}
    return {key: sums for key, sums in kept.items() if sums}


def _updates(seen: Mapping[Series, Mapping[GroupKey, Sums]], begin: date) -> dict[str, dict[str, int]]:
    """Versions that were first seen after the first day: of each application, and of everything under ""."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (_signal_name, app), groups in seen.items():
        for (dimension, name), sums in groups.items():
            day = (min(sums) - begin).days
            if dimension not in (VERSION, SYSTEM) or day == 0:
                continue
            whole = f"{app} {name}" if app else name
            for where in {app, ""}:
                found[where][whole] = min(day, found[where].get(whole, day))
    return found


def _signal(series: Series, groups: Mapping[GroupKey, Sums], calendar: _Calendar) -> SignalPicture | None:
    signal, app = series
    company = groups.get(COMPANY, {})
    shown = _within(company, calendar)
    if not shown:
        return None
    series_phi, phi = _series_phi(signal, company.values()), _phi(signal, shown)
    total = _counted(shown)
    now = posterior(total.y, total.e, COMPANY_PRIOR, phi)
    rates: dict[GroupKey, EquipmentRate] = {}
    for dimension in dimensions_of(signal):
        inside = {
            key: _counted(within)
            for key, sums in groups.items()
            if key[0] == dimension and (within := _within(sums, calendar))
        }
        if inside:
            by_name = equipment_rates({name: group for (_, name), group in inside.items()}, total, phi)
            rates |= {(dimension, name): found for name, found in by_name.items()}
    made = [
        (dimension, _group(series, name, groups[dimension, name], found, series_phi, calendar))
        for (dimension, name), found in rates.items()
    ]
    return SignalPicture(
        signal=signal,
        app=app,
        laptops=_laptops(shown),
        rate=now.mean,
        low=now.quantile(0.025),
        high=now.quantile(0.975),
        since=_since(series, company, series_phi, calendar),
        weeks=_weeks(company, calendar),
        dimensions={
            dimension: tuple(sorted((g for _, g in found), key=_worst_first))
            for dimension, found in groupby(made, key=lambda pair: pair[0])
        },
        past=tuple(
            PastGroup(*key, _weeks(sums, calendar))
            for key, sums in sorted(groups.items())
            if key != COMPANY and key not in rates
        ),
    )


def _group(
    series: Series, name: str, sums: Sums, found: EquipmentRate, series_phi: float, calendar: _Calendar
) -> GroupPicture:
    """Since when is asked of groups that have more, or chance would name a day for one in a hundred."""
    more = found.stands_out and found.against is not None and found.against.ratio > 1
    since = _since(series, sums, series_phi, calendar) if more else None
    return GroupPicture(name, _laptops(_within(sums, calendar)), found, since, _weeks(sums, calendar))


def _worst_first(group: GroupPicture) -> tuple[bool, float, str]:
    ratio = group.found.against.ratio if group.found.against else 1.0
    return not group.found.stands_out, -ratio, group.name


def _within(sums: Sums, calendar: _Calendar) -> list[EquipmentSum]:
    return [one for day, one in sums.items() if calendar.first <= day <= calendar.until]


def _counted(sums: Iterable[EquipmentSum]) -> Counted:
    sums = list(sums)
    return Counted(sum(one.y for one in sums), sum(one.e for one in sums))


def _laptops(sums: Iterable[EquipmentSum]) -> float:
    return fmean(one.n for one in sums)


def _phi(signal: str, company: Sequence[EquipmentSum]) -> float:
    """How much more events vary than chance. A laptop that is slow today is slow tomorrow: of shares of days
    each laptop counts once, not once a day, which is the cautious bound."""
    return _daily_phi(company) if signal in RATES else float(len(company))


def _series_phi(signal: str, company: Iterable[EquipmentSum]) -> float:
    return _daily_phi(company) if signal in RATES else DAYS_ALIKE


def _daily_phi(company: Iterable[EquipmentSum]) -> float:
    pool = EventSums()
    for one in company:
        pool += EventSums(one.n, one.y, one.e, one.yye or 0.0)
    return dispersion(pool)


def _since(series: Series, sums: Sums, phi: float, calendar: _Calendar) -> Since | None:
    days: list[Day] = [(0.0, 0.0)] * ((calendar.until - calendar.begin).days + 1)
    for day, one in sums.items():
        days[(day - calendar.begin).days] = (one.y, one.e)
    change = change_point(days, phi)
    if change is None:
        return None
    signal, app = series
    updates = calendar.updates.get(app if signal in APP_SIGNALS else "", {})
    named = fitting_updates(change, updates)[:UPDATES_NAMED]
    day, earliest, latest = (calendar.begin + i * _DAY for i in (change.day, change.earliest, change.latest))
    return Since(day, earliest, latest, change.before, change.after, tuple(named))


def _weeks(sums: Sums, calendar: _Calendar) -> tuple[float | None, ...]:
    """The released rate of each week up to the picture's day; None where nothing was released."""
    by_week: dict[int, list[EquipmentSum]] = defaultdict(list)
    for day, one in sums.items():
        by_week[(calendar.until - day).days // WEEK_DAYS].append(one)
    found = []
    for i in reversed(range(len(calendar.weeks))):
        total = _counted(by_week.get(i, ()))
        found.append(total.y / total.e if total.e > 0 else None)
    return tuple(found)
