"""Which groups of one week may be published, for one signal (docs/scoring.md 4).

The plan has this guarantee: no linear combination of published sums touches fewer than k persons.
Groups are named `company:company`, `unit:U`, `team:T`, `stage:S`, `unit_stage:U|S`, `cell:T|S`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from server.privacy.crossing import Graph
from server.scoring.parameters import K

COMPANY = "company:company"


class Place(NamedTuple):
    """Where a person stands; a part is None where the directory does not say."""

    unit: str | None
    team: str | None
    stage: str | None


class Pair(NamedTuple):
    """A unit or a team, and a stage."""

    left: str
    stage: str


Crowd = Mapping[Place, int]
"""How many persons stand at each place; every number above 0."""

Key = TypeVar("Key", str, Pair, tuple[str, str])


@dataclass
class Plan:
    """Sizes of the published groups; `company` None, and all else empty, if there are too few persons."""

    company: int | None = None
    units: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    unit_stages: dict[Pair, int] = field(default_factory=dict)
    cells: dict[Pair, int] = field(default_factory=dict)

    def row_node(self, place: Place) -> str:
        """The finest published group of the organisation that a person is in."""
        if place.team in self.teams:
            return f"r:team:{place.team}"
        return f"r:unit:{place.unit}" if place.unit in self.units else "r:company"

    def column_node(self, place: Place) -> str:
        """The finest published group by stage that a person is in."""
        if unit_stage(place) in self.unit_stages:
            return f"c:unit_stage:{place.unit}|{place.stage}"
        return f"c:stage:{place.stage}" if place.stage in self.stages else "c:company"

    def groups_of(self, place: Place) -> list[str]:
        """Every published group that a person counts in."""
        if self.company is None:
            return []
        groups = [COMPANY]
        if place.unit in self.units:
            groups.append(f"unit:{place.unit}")
        if place.team in self.teams:
            groups.append(f"team:{place.team}")
        if place.stage in self.stages:
            groups.append(f"stage:{place.stage}")
        if unit_stage(place) in self.unit_stages:
            groups.append(f"unit_stage:{place.unit}|{place.stage}")
        if cell(place) in self.cells:
            groups.append(f"cell:{place.team}|{place.stage}")
        return groups

    def sizes(self) -> dict[str, int]:
        """Published group -> number of persons."""
        if self.company is None:
            return {}
        sizes = {COMPANY: self.company}
        for kind, named in (("unit", self.units), ("team", self.teams), ("stage", self.stages)):
            sizes.update({f"{kind}:{name}": n for name, n in named.items()})
        for kind, paired in (("unit_stage", self.unit_stages), ("cell", self.cells)):
            sizes.update({f"{kind}:{pair.left}|{pair.stage}": n for pair, n in paired.items()})
        return sizes

    def as_dict(self) -> dict[str, Any]:
        """Plain names and numbers, pairs joined by `|`."""
        return {
            "company": self.company,
            "units": dict(sorted(self.units.items())),
            "teams": dict(sorted(self.teams.items())),
            "stages": dict(sorted(self.stages.items())),
            "unit_stages": {f"{p.left}|{p.stage}": n for p, n in sorted(self.unit_stages.items())},
            "cells": {f"{p.left}|{p.stage}": n for p, n in sorted(self.cells.items())},
        }


def unit_stage(place: Place) -> Pair | None:
    """The unit and stage of a place, None unless both are known."""
    return None if place.unit is None or place.stage is None else Pair(place.unit, place.stage)


def cell(place: Place) -> Pair | None:
    """The team and stage of a place, None unless both are known."""
    return None if place.team is None or place.stage is None else Pair(place.team, place.stage)


def release_plan(rows: Iterable[Sequence[Any]], k: int = K) -> dict[str, Any]:
    """The plan of rows [unit, team, stage, number of persons]: sizes of the groups that may be published.

    ValueError with one sentence for a number below 0, a name with `|`, or a team in two units.
    """
    return plan_of(crowd_of(rows), k).as_dict()


def crowd_of(rows: Iterable[Sequence[Any]]) -> dict[Place, int]:
    """Rows [unit, team, stage, number] added up."""
    crowd: dict[Place, int] = defaultdict(int)
    for unit, team, stage, number in rows:
        if number < 0:
            raise ValueError(f"{number} persons in team {team}: a number of persons is never below 0")
        if number:
            crowd[Place(unit, team, stage)] += number
    return dict(crowd)


def plan_of(crowd: Crowd, k: int = K, with_cells: bool = True) -> Plan:
    """The release plan of the persons who contribute to one signal."""
    unit_of = _unit_of_team(crowd)
    plan = threshold_and_closing(crowd, k)
    if plan.company is None:
        return plan
    if with_cells:
        cells = large_enough(((cell(place), n) for place, n in crowd.items()), k)
        plan.cells = {pair: n for pair, n in cells.items() if pair.left in plan.teams}
    _close_crossing(crowd, plan, unit_of, k)
    return plan


def threshold_and_closing(crowd: Crowd, k: int) -> Plan:
    """Steps 1 and 2: no group below k, and none that comes out below k by subtraction along one hierarchy."""
    company = sum(crowd.values())
    if company < k:
        return Plan()
    units = large_enough(((place.unit, n) for place, n in crowd.items()), k)
    # A team that the directory puts in no unit would be left over of the company: it is not shown.
    unit_of = {p.team: p.unit for p in crowd if p.team is not None and p.unit is not None}
    teams = large_enough(
        ((place.team if place.team in unit_of else None, n) for place, n in crowd.items()), k
    )
    _close(company, units, teams, unit_of, k)
    stages = large_enough(((place.stage, n) for place, n in crowd.items()), k)
    pairs = large_enough(((unit_stage(place), n) for place, n in crowd.items()), k)
    by_stage = {(pair.stage, pair.left): n for pair, n in pairs.items()}
    _close(company, stages, by_stage, {key: key[0] for key in by_stage}, k)
    unit_stages = {Pair(unit, stage): n for (stage, unit), n in by_stage.items()}
    return Plan(company, units, teams, stages, unit_stages)


def large_enough(counted: Iterable[tuple[Key | None, int]], k: int) -> dict[Key, int]:
    """Sizes of the groups with at least k persons."""
    sizes: dict[Key, int] = defaultdict(int)
    for key, n in counted:
        if key is not None:
            sizes[key] += n
    return {key: n for key, n in sizes.items() if n >= k}


def _unit_of_team(crowd: Crowd) -> dict[str, str | None]:
    """The unit of each team. What cannot be told apart in a group's name is refused."""
    unit_of: dict[str, str | None] = {}
    for place in crowd:
        for name in (place.unit, place.team):
            if name is not None and "|" in name:
                raise ValueError(f"{name!r} has a '|', which parts unit or team from stage in group names")
        if place.team is not None and unit_of.setdefault(place.team, place.unit) != place.unit:
            raise ValueError(
                f"team {place.team!r} stands in two units, {unit_of[place.team]} and {place.unit}"
            )
    return unit_of


def _close(
    company: int, uppers: dict[str, int], parts: dict[Key, int], upper_of: Mapping[Key, str], k: int
) -> None:
    """Drop what would leave 1..k-1 persons over: first inside each upper group, then inside the company."""
    inside: dict[str, list[Key]] = defaultdict(list)
    for part in parts:
        inside[upper_of[part]].append(part)

    def rest(upper: str) -> int:
        return uppers[upper] - sum(parts[part] for part in inside[upper])

    def drop_smallest_part(upper: str) -> None:
        smallest = min(inside[upper], key=lambda part: (parts[part], part))
        inside[upper].remove(smallest)
        del parts[smallest]

    for upper in sorted(uppers):
        if 0 < rest(upper) < k:
            drop_smallest_part(upper)
    over = company - sum(uppers.values())
    if 0 < over < k:
        smallest = min(uppers, key=lambda upper: (uppers[upper], upper))
        if over + rest(smallest) < k:
            drop_smallest_part(smallest)
        del uppers[smallest]


def _close_crossing(crowd: Crowd, plan: Plan, unit_of: Mapping[str, str | None], k: int) -> None:
    """Step 4: drop cells, then unit_stages, then stages, until no cut is too light.

    What is dropped only ever joins the graph, so it is drawn once. A column that goes and the one its persons
    stand at from then on become one node, under both names.
    """
    edges: dict[tuple[str, str], int] = defaultdict(int)
    for place, n in crowd.items():
        if cell(place) not in plan.cells:
            edges[plan.row_node(place), plan.column_node(place)] += n
    graph = Graph(edges, k)
    ends = {pair: _ends(pair, plan, unit_of) for pair in plan.cells}
    cells_at: dict[str, set[Pair]] = defaultdict(set)
    for pair, nodes in ends.items():
        for name in nodes:
            cells_at[name].add(pair)

    def cells_in(names: set[str]) -> Iterator[Pair]:
        return (pair for name in names for pair in cells_at.get(name, ()))

    def cells_across(names: set[str]) -> Iterator[Pair]:
        return (pair for pair in cells_in(names) if (ends[pair][0] in names) != (ends[pair][1] in names))

    while True:
        across = (_smallest(plan, cells_across(names)) for names in graph.weak_nodes())
        dropped = next((pair for pair in across if pair), None)
        if dropped is None:
            part = graph.unsafe_part()
            if part is None:
                return
            dropped = _smallest(plan, cells_in(part))
            if dropped is None:
                graph.join(*_drop_column_in(part, plan))
                continue
        for name in ends[dropped]:
            cells_at[name].remove(dropped)
        graph.add(ends[dropped], plan.cells.pop(dropped))


def _ends(pair: Pair, plan: Plan, unit_of: Mapping[str, str | None]) -> tuple[str, str]:
    """Row and column node of a published cell."""
    place = Place(unit_of[pair.left], pair.left, pair.stage)
    return plan.row_node(place), plan.column_node(place)


def _smallest(plan: Plan, cells: Iterable[Pair]) -> Pair | None:
    return min(cells, key=lambda pair: (plan.cells[pair], pair), default=None)


def _drop_column_in(part: set[str], plan: Plan) -> tuple[str, str]:
    """Drop the smallest unit_stage whose node is in this part, else the smallest stage.

    Its node, and that of the column in which its persons are now.
    """
    pairs = [pair for pair in plan.unit_stages if _column(pair) in part]
    if pairs:
        pair = min(pairs, key=lambda pair: (plan.unit_stages[pair], pair.stage, pair.left))
        del plan.unit_stages[pair]
        return _column(pair), plan.column_node(Place(pair.left, None, pair.stage))
    stages = [stage for stage in plan.stages if f"c:stage:{stage}" in part]
    # A part without any of them hangs on c:company by whole groups of k or more: it has no light cut.
    stage = min(stages, key=lambda stage: (plan.stages[stage], stage))
    del plan.stages[stage]
    return f"c:stage:{stage}", "c:company"


def _column(pair: Pair) -> str:
    return f"c:unit_stage:{pair.left}|{pair.stage}"
