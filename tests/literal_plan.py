"""Step 4 of the release plan word for word (docs/scoring.md 4): everything is drawn anew after each cell or
column that goes, and cuts are found by flows. Slow, and simple enough to be read beside the rule."""

from collections import Counter, defaultdict

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from server.privacy.plan import Crowd, Pair, Place, Plan, cell, large_enough, threshold_and_closing


def literal_plan(crowd: Crowd, k: int) -> Plan:
    plan = threshold_and_closing(crowd, k)
    if plan.company is None:
        return plan
    cells = large_enough(((cell(place), n) for place, n in crowd.items()), k)
    plan.cells = {pair: n for pair, n in cells.items() if pair.left in plan.teams}
    while _drop_one(crowd, plan, k):
        pass
    return plan


def _drop_one(crowd: Crowd, plan: Plan, k: int) -> bool:
    """One step of 4; False once the plan is safe."""
    edges: Counter[frozenset[str]] = Counter()
    ends: dict[Pair, set[str]] = {}
    names: set[str] = set()
    for place, n in crowd.items():
        nodes = {_row(place, plan), _column(place, plan)}
        if cell(place) in plan.cells:
            ends[Pair(place.team, place.stage)] = nodes
        else:
            names |= nodes
            edges[frozenset(nodes)] += n
    parts = _contracted(names, edges, k)  # (a)
    weight = _weights(parts, edges)
    for node in sorted(parts, key=min):  # (b)
        light = sum(n for pair, n in weight.items() if node in pair)
        across = [pair for pair in ends if len(ends[pair] & node) == 1]
        if 0 < light < k and across:
            _drop_cell(plan, across)
            return True
    for connected in sorted(_connected(parts, weight), key=lambda nodes: min(map(min, nodes))):  # (c)
        if len(connected) > 1 and _lightest_cut(connected, weight) < k:
            inside = set().union(*connected)
            near = [pair for pair in ends if ends[pair] & inside]
            if near:
                _drop_cell(plan, near)
            else:
                _drop_column(plan, inside)
            return True
    return False


def _row(place: Place, plan: Plan) -> str:
    if place.team in plan.teams:
        return f"r:team:{place.team}"
    return f"r:unit:{place.unit}" if place.unit in plan.units else "r:company"


def _column(place: Place, plan: Plan) -> str:
    if (place.unit, place.stage) in plan.unit_stages:
        return f"c:unit_stage:{place.unit}|{place.stage}"
    return f"c:stage:{place.stage}" if place.stage in plan.stages else "c:company"


def _contracted(names: set[str], edges: Counter[frozenset[str]], k: int) -> set[frozenset[str]]:
    parts = {frozenset([name]) for name in names}
    while True:
        heavy = next((pair for pair, n in _weights(parts, edges).items() if n >= k), None)
        if heavy is None:
            return parts
        parts = parts - heavy | {frozenset().union(*heavy)}


def _weights(
    parts: set[frozenset[str]], edges: Counter[frozenset[str]]
) -> Counter[frozenset[frozenset[str]]]:
    at = {name: part for part in parts for name in part}
    weights: Counter[frozenset[frozenset[str]]] = Counter()
    for edge, n in edges.items():
        between = frozenset(at[name] for name in edge)
        if len(between) == 2:
            weights[between] += n
    return weights


def _connected(
    parts: set[frozenset[str]], weight: Counter[frozenset[frozenset[str]]]
) -> list[set[frozenset[str]]]:
    near = defaultdict(set)
    for pair in weight:
        for node in pair:
            near[node] |= pair
    groups, left = [], set(parts)
    while left:
        group, ahead = set(), [next(iter(left))]
        while ahead:
            node = ahead.pop()
            if node not in group:
                group.add(node)
                ahead += near[node]
        left -= group
        groups.append(group)
    return groups


def _lightest_cut(nodes: set[frozenset[str]], weight: Counter[frozenset[frozenset[str]]]) -> int:
    """One node lies on one side of it, and some other node on the other."""
    place = {node: number for number, node in enumerate(nodes)}
    flows = np.zeros((len(place), len(place)), dtype=np.int32)
    for pair, n in weight.items():
        if pair <= nodes:
            a, b = (place[node] for node in pair)
            flows[a, b] = flows[b, a] = n
    graph = csr_matrix(flows)
    return min(maximum_flow(graph, 0, other).flow_value for other in range(1, len(place)))


def _drop_cell(plan: Plan, pairs: list[Pair]) -> None:
    del plan.cells[min(pairs, key=lambda pair: (plan.cells[pair], pair))]


def _drop_column(plan: Plan, inside: set[str]) -> None:
    pairs = [p for p in plan.unit_stages if f"c:unit_stage:{p.left}|{p.stage}" in inside]
    if pairs:
        del plan.unit_stages[min(pairs, key=lambda p: (plan.unit_stages[p], p.stage, p.left))]
        return
    stages = [stage for stage in plan.stages if f"c:stage:{stage}" in inside]
    del plan.stages[min(stages, key=lambda stage: (plan.stages[stage], stage))]
