"""Cuts of the graph that rows and columns of a table make: the mathematics behind step 4 of the release plan.

Nodes are the finest published groups by organisation and by stage, edges the persons between them who are in
no published cell. A combination of published sums is a potential difference on this graph, and the persons it
touches are a cut (docs/scoring.md 4). So a plan is safe if no cut has weight 1..k-1.
"""

from collections.abc import Iterator, Mapping

Edge = tuple[str, str]
Neighbours = dict[str, dict[str, int]]


class Graph:
    """Nodes that no cut below k can part are one; each is known by the smallest name in it."""

    def __init__(self, edges: Mapping[Edge, int], k: int) -> None:
        self.k = k
        self.members: dict[str, set[str]] = {}
        self.near: Neighbours = {}
        self._node_of: dict[str, str] = {}
        self._weight: dict[str, int] = {}  # of all edges of a node
        self._weak: set[str] = set()
        for edge, weight in edges.items():
            self.add(edge, weight)

    def add(self, edge: Edge, weight: int) -> None:
        """Add persons between two names, and join what can no longer be parted."""
        a, b = (self._node(name) for name in edge)
        if a != b:
            self.near[a][b] = self.near[b][a] = self.near[a].get(b, 0) + weight
            self._weigh(a, weight)
            self._weigh(b, weight)
            if self.near[a][b] >= self.k:
                self.join(a, b)

    def join(self, one: str, other: str) -> None:
        """Make the nodes of two names one, and join what can no longer be parted from it."""
        ahead = [(one, other)]
        while ahead:
            a, b = (self._node(name) for name in ahead.pop())
            if a == b:
                continue
            kept, gone = min(a, b), max(a, b)
            self._weigh(kept, self._weight.pop(gone) - 2 * self.near[a].get(b, 0))
            self._weak.discard(gone)
            _join(self.near, kept, gone)
            names = self.members.pop(gone)
            self.members[kept] |= names
            self._node_of.update(dict.fromkeys(names, kept))
            ahead += [(kept, end) for end, weight in self.near[kept].items() if weight >= self.k]

    def _node(self, name: str) -> str:
        if name not in self._node_of:
            self._node_of[name] = name
            self.members[name] = {name}
            self.near[name] = {}
            self._weight[name] = 0
        return self._node_of[name]

    def _weigh(self, node: str, more: int) -> None:
        self._weight[node] += more
        if 0 < self._weight[node] < self.k:
            self._weak.add(node)
        else:
            self._weak.discard(node)

    def weak_nodes(self) -> Iterator[set[str]]:
        """Names in each node that has too few persons on its edges, in the order of the smallest name."""
        for node in sorted(self._weak):
            yield self.members[node]

    def unsafe_part(self) -> set[str] | None:
        """Names in the first connected part that a cut below k divides; None if the graph is safe."""
        for part in self._parts():
            near = {node: dict(self.near[node]) for node in part}
            if len(part) > 1 and _has_cut_below(near, self.k):
                return {name for node in part for name in self.members[node]}
        return None

    def _parts(self) -> Iterator[set[str]]:
        seen: set[str] = set()
        for start in sorted(self.near):
            if start in seen:
                continue
            part, ahead = {start}, [start]
            while ahead:
                for end in self.near[ahead.pop()]:
                    if end not in part:
                        part.add(end)
                        ahead.append(end)
            seen |= part
            yield part


def _join(near: Neighbours, kept: str, gone: str) -> None:
    """Contract two nodes; parallel edges add up, the edge between them disappears."""
    for end, weight in near.pop(gone).items():
        del near[end][gone]
        if end != kept:
            near[kept][end] = near[end][kept] = near[kept].get(end, 0) + weight


def _has_cut_below(near: Neighbours, k: int) -> bool:
    """Whether a connected graph has a cut lighter than k (Stoer and Wagner 1997). Consumes the graph."""
    while len(near) > 1:
        before, last, cut = _phase(near)
        if cut < k:
            return True
        _join(near, before, last)
    return False


def _phase(near: Neighbours) -> tuple[str, str, int]:
    """One maximum adjacency order: its last two nodes and the weight of the cut that parts the last one."""
    start = min(near)
    pull = dict(near[start])
    order = [start]
    done = {start}
    cut = 0
    while pull:
        node = max(pull, key=lambda name: (pull[name], name))
        cut = pull.pop(node)
        order.append(node)
        done.add(node)
        for end, weight in near[node].items():
            if end not in done:
                pull[end] = pull.get(end, 0) + weight
    return order[-2], order[-1], cut
