"""From the laptops of one day to what is published of versions, models and places (docs/scoring.md 11.5).

Pure, and with server/privacy/release.py the only code that turns rows of laptops into numbers of groups. A
day is released once. As days share nothing, and none narrows to fewer laptops than its plan allows, no sum of
days does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import fsum

from server.privacy.plan import COMPANY, Place, Plan, plan_of
from server.privacy.records import Record
from server.privacy.wall import hours_class, walled
from server.scoring.equipment_limits import (
    APP_SIGNALS,
    DISTURBING,
    LEAST_HOURS,
    LEAST_LAPTOPS,
    dimensions_of,
)
from server.scoring.parameters import DAY_HOURS, GAUGES, IN_FORCE, MOST_EVENTS, RATES, VALID_DAY_HOURS, Model
from server.scoring.person_week import DeviceDay, measured

_ALL = "all"
"""The one unit that the plan of a pair of dimensions has."""


@dataclass(frozen=True, slots=True)
class AppDay:
    """An application on a laptop's day, under the version that it had first; None where not known."""

    version: str | None
    hours: float | None
    crashes: float | None
    hangs: float | None


@dataclass(frozen=True, slots=True)
class LaptopDay:
    """A laptop's day: what it belongs to for the whole of it, by dimension, and what was measured."""

    belongs: Mapping[str, str | None]
    fields: DeviceDay
    apps: Mapping[str, AppDay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EquipmentSum:
    """A published sum, as in `EquipmentSumRow`."""

    signal: str
    app: str
    dimension: str
    name: str
    n: int
    y: float
    e: float
    yye: float | None = None
    class_j: int | None = None


@dataclass(frozen=True)
class EquipmentDay(Record):
    """All that is published of a day, in the order of signal, application, dimension and name."""

    day: date
    k: int
    sums: tuple[EquipmentSum, ...] = ()


WallKey = tuple[str, str, str]
"""Application (empty: the whole laptop), dimension and name of a group behind the wall."""

Counted = tuple[Place, float, float]
"""Where a laptop stands in a signal's plan, its events and its hours."""


def make_equipment_day(
    day: date,
    laptops: Iterable[LaptopDay],
    k: int,
    known_classes: Mapping[WallKey, int],
    model: Model = IN_FORCE,
) -> EquipmentDay:
    """The release of a day. `k`: of the organisation. `known_classes`: set earlier in the quarter.
    `model`: by whose curves gauges are read."""
    least = max(k, LEAST_LAPTOPS)
    classes = dict(known_classes)
    series: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for laptop in laptops:
        for signal, app, counted in _contributions(laptop, model):
            series[signal, app].append(counted)
    sums = [
        found
        for (signal, app), counted in sorted(series.items())
        for found in _released(signal, app, counted, least, classes)
    ]
    return EquipmentDay(day, least, tuple(sums))


def _contributions(laptop: LaptopDay, model: Model) -> Iterator[tuple[str, str, Counted]]:
    """Signal, application and numbers of one laptop. Whether it counts never depends on how much went wrong
    on a day in use."""
    use = laptop.fields.get("usage_hours")
    if use is None or not 0 <= use <= DAY_HOURS:
        return
    for name, signal in RATES.items():
        if name not in APP_SIGNALS:
            y, e = measured(signal, laptop.fields), laptop.fields.get(signal.hours_field)
            if rate := _rate(y, 0.0 if use == 0 and e is not None else e):
                yield name, "", (_place(name, laptop.belongs), *rate)
    if use >= VALID_DAY_HOURS:
        for name in GAUGES:
            signal = model.signals[name]
            value = measured(signal, laptop.fields)
            if value is not None:
                wrong = signal.curve(value) < DISTURBING
                yield name, "", (_place(name, laptop.belongs), float(wrong), 1.0)
    for app, found in laptop.apps.items():
        for name, events in zip(APP_SIGNALS, (found.crashes, found.hangs), strict=True):
            if rate := _rate(events, found.hours):
                yield name, app, (Place(_plain(found.version), None, None), *rate)


def _rate(y: float | None, e: float | None) -> tuple[float, float] | None:
    if y is None or e is None or not 0 <= e <= DAY_HOURS or y < 0:
        return None
    return (min(y, MOST_EVENTS), max(e, LEAST_HOURS)) if y > 0 or e > 0 else None


def _place(signal: str, belongs: Mapping[str, str | None]) -> Place:
    first, second = dimensions_of(signal)
    return Place(_ALL, _plain(belongs[first]), _plain(belongs[second]))


def _plain(name: str | None) -> str | None:
    """A name as the plan takes it: its `|` parts names of groups."""
    return name.replace("|", "/") if name else None


def _released(
    signal: str, app: str, counted: list[Counted], k: int, classes: dict[WallKey, int]
) -> Iterator[EquipmentSum]:
    """The company exactly, and every group that the plan allows behind the working-time wall."""
    plan = plan_of(Counter(place for place, _, _ in counted), k, with_cells=False)
    if plan.company is None:
        return
    totals = _add_up(counted, plan)
    everybody, everything = plan.company, totals[COMPANY]
    yye = fsum(y * y / e for _, y, e in counted)
    yield EquipmentSum(signal, app, "", "", everybody, *everything, yye)
    for (dimension, name), group in sorted(_names(signal, plan).items()):
        n, (y, e) = plan.sizes()[group], totals[group]
        if signal not in RATES:  # of days without hours there is nothing to hide
            yield EquipmentSum(signal, app, dimension, name, n, y, e, None, 0)
            continue
        cls = classes.setdefault((app, dimension, name), hours_class(e, n, everything[1], everybody))
        y, e = walled(y, e, n, everything[1], everybody, cls)
        yield EquipmentSum(signal, app, dimension, name, n, y, e, None, cls)


def _add_up(counted: Iterable[Counted], plan: Plan) -> dict[str, tuple[float, float]]:
    inside: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for place, y, e in counted:
        for group in plan.groups_of(place):
            inside[group].append((y, e))
    # fsum: the same sum, to the last bit, in whatever order the store gave the rows.
    return {g: (fsum(y for y, _ in rows), fsum(e for _, e in rows)) for g, rows in inside.items()}


def _names(signal: str, plan: Plan) -> dict[tuple[str, str], str]:
    """Dimension and name of each published group, and what the plan calls it.

    With one unit, a value of the second dimension has two names in a plan and the same laptops.
    """
    dimensions = dimensions_of(signal)
    if len(dimensions) == 1:
        return {(dimensions[0], name): f"unit:{name}" for name in plan.units}
    first, second = dimensions
    names = {(first, name): f"team:{name}" for name in plan.teams}
    names |= {(second, pair.stage): f"unit_stage:{pair.left}|{pair.stage}" for pair in plan.unit_stages}
    return names | {(second, name): f"stage:{name}" for name in plan.stages}
