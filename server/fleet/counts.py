"""How a fleet is doing, in counts of laptops: no person, no team, no time of day. Pure.

Nothing is split finer than by system, model or version of the agent, and none of these by another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from agent.signals import COVERAGE_STATES, COVERED

SILENT_DAYS = 7
"""A laptop whose newest day is older counts as silent. A shorter time would tell who is away."""
HEARD_DAYS = 28
"""Versions and sources are those of laptops that told of a day in this time."""
CLONE_DAYS = 30
DROP_WEEKS = 4
"""What was left out is counted over the running week and those before it."""
NAMES_MOST = 50
"""So many models or versions are named; the rest is one line."""
UNKNOWN = ""
"""Where a laptop did not say its system, model or version."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """What of one laptop is counted. `last_day`: its newest closed day; None where none is kept."""

    active: bool
    enrolled_on: date
    clone_seen_on: date | None
    assigned: bool
    shared: bool
    os: str | None
    model: str | None
    last_day: date | None
    agent: str | None
    coverage: Mapping[str, str] | None


class Named(msgspec.Struct, frozen=True):
    """How many laptops have this name; empty: they did not say."""

    name: str
    laptops: int


class Dropped(msgspec.Struct, frozen=True):
    """What was left out for one reason: on how many laptops, and how many values."""

    reason: str
    field: str
    laptops: int
    values: int


class FleetCounts(msgspec.Struct, frozen=True):
    """Of all laptops that may send: `new` were let in within the last 7 days; of the others, `never_sent`
    have told of no day yet and `silent` of none for 7 days. `heard` told of one in the last 28 days.

    `coverage`: system -> source -> state -> laptops, of those that were heard.
    """

    active: int
    retired: int
    new: int
    never_sent: int
    silent: int
    unassigned: int
    clones: int
    heard: int
    systems: list[Named]
    models: list[Named]
    agents: list[Named]
    other_models: int
    other_agents: int
    coverage: dict[str, dict[str, dict[str, int]]]
    drops: list[Dropped]
    shared: int = 0


def count(laptops: Iterable[Laptop], drops: list[Dropped], today: date, first_kept: date) -> FleetCounts:
    """The counts of one day. `drops` is what was left out of the batches of the last weeks; of days before
    `first_kept` nothing is known any more."""
    settled, heard_from = today - timedelta(days=SILENT_DAYS), today - timedelta(days=HEARD_DAYS)
    of: Counter[str] = Counter()
    systems: Counter[str] = Counter()
    models: Counter[str] = Counter()
    agents: Counter[str] = Counter()
    coverage: dict[str, dict[str, Counter[str]]] = {}
    for laptop in laptops:
        if not laptop.active:
            of["retired"] += 1
            continue
        of["active"] += 1
        of["shared"] += laptop.shared
        of["unassigned"] += not (laptop.assigned or laptop.shared)
        of["clones"] += _within(laptop.clone_seen_on, today, CLONE_DAYS)
        of[_contact(laptop, settled, first_kept)] += 1
        system = laptop.os or UNKNOWN
        systems[system] += 1
        models[laptop.model or UNKNOWN] += 1
        if laptop.last_day is None or laptop.last_day < heard_from:
            continue
        of["heard"] += 1
        agents[laptop.agent or UNKNOWN] += 1
        sources = coverage.setdefault(system, {name: Counter() for name in COVERED})
        for name, states in sources.items():
            state = (laptop.coverage or {}).get(name, "absent")
            states[state if state in COVERAGE_STATES else "absent"] += 1
    counts = ("active", "retired", "new", "never_sent", "silent", "unassigned", "shared", "clones", "heard")
    return FleetCounts(
        **{name: of[name] for name in counts},
        systems=_named(systems),
        models=_named(models)[:NAMES_MOST],
        agents=_named(agents)[:NAMES_MOST],
        other_models=sum(named.laptops for named in _named(models)[NAMES_MOST:]),
        other_agents=sum(named.laptops for named in _named(agents)[NAMES_MOST:]),
        coverage={
            system: {name: dict(states) for name, states in sources.items()}
            for system, sources in sorted(coverage.items())
        },
        drops=sorted(drops, key=lambda drop: (-drop.laptops, -drop.values, drop.reason, drop.field)),
    )


def _contact(laptop: Laptop, settled: date, first_kept: date) -> str:
    """Which of the four a laptop is; a laptop whose last day may not be kept any more is silent."""
    if laptop.enrolled_on >= settled:
        return "new"
    if laptop.last_day is None:
        return "silent" if laptop.enrolled_on < first_kept else "never_sent"
    return "silent" if laptop.last_day < settled else "sending"


def _within(day: date | None, today: date, days: int) -> bool:
    return day is not None and (today - day).days <= days


def _named(counter: Counter[str]) -> list[Named]:
    """The most frequent first; those that did not say come last."""
    named = [Named(name, laptops) for name, laptops in counter.items()]
    return sorted(named, key=lambda one: (one.name == UNKNOWN, -one.laptops, one.name))
