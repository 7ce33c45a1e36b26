"""Who is not in the number, and why (docs/scoring.md 5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.privacy.plan import Place, crowd_of, plan_of
from server.scoring.parameters import K

OUTCOMES = (
    "counted",
    "too_few_signals",
    "no_device",
    "not_enrolled",
    "nothing_on_time",
    "too_little_use",
)


@dataclass(frozen=True)
class UnitFunnel:
    """Persons of a unit and the published sizes by outcome; what is not listed is "others"."""

    people: int | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Funnel:
    """The same of the company, and of each unit that may be published. `people` None: nothing is."""

    people: int | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[str, UnitFunnel] = field(default_factory=dict)


def funnel(rows: Iterable[Sequence[Any]], k: int = K) -> Funnel:
    """Of rows [unit, outcome, number]: the release plan with outcomes in place of stages, no cells."""
    crowd: Mapping[Place, int] = crowd_of([unit, None, outcome, number] for unit, outcome, number in rows)
    plan = plan_of(crowd, k, with_cells=False)
    units = {}
    for name in sorted({*plan.units, *(pair.left for pair in plan.unit_stages)}):
        outcomes = {pair.stage: n for pair, n in plan.unit_stages.items() if pair.left == name}
        units[name] = UnitFunnel(plan.units.get(name), dict(sorted(outcomes.items())))
    return Funnel(plan.company, dict(sorted(plan.stages.items())), units)
