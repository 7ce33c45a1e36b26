"""The effect of a change that came without a lot, at once or team after team (docs/scoring.md 11.2)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import factorial, inf, prod, sqrt
from random import Random
from statistics import fmean, variance

import numpy as np

from server.scoring.parameters import ALPHA, DRAWN_ASSIGNMENTS, MOST_ASSIGNMENTS

Start = int | None
"""The first period with the change; None: never."""

_WIDEST, _HALVINGS = 1000.0, 30  # points from the effect, and how finely an edge is sought
_TIE = 1e-9  # effects closer than this are the same sum in another order


@dataclass(frozen=True)
class Difference:
    """Change of the treated less change of the others, in points, and its standard error."""

    effect: float
    se: float


@dataclass(frozen=True)
class Staggered:
    """Mean effect over groups and periods; p: share of assignments with an effect as large.

    `assignments`: how many there are; `drawn`: of how many p was made, if not of all.
    """

    effect: float
    assignments: int
    p: float
    drawn: int | None = None


def difference_in_differences(
    treated: Sequence[tuple[float, float]], control: Sequence[tuple[float, float]]
) -> Difference:
    """From each group's means before and after. ValueError below two groups on a side."""
    if min(len(treated), len(control)) < 2:
        raise ValueError("each side needs two groups at least")
    sides = [[after - before for before, after in side] for side in (treated, control)]
    se = sqrt(sum(variance(side) / len(side) for side in sides))
    return Difference(fmean(sides[0]) - fmean(sides[1]), se)


def overall_effect(y: Sequence[Sequence[float]], starts: Sequence[Start]) -> float:
    """From each group's means by period, and its start. ValueError if nobody is to be compared with."""
    terms = _terms(y, starts)
    return sum(terms[i][start] for i, start in enumerate(starts))


def staggered(y: Sequence[Sequence[float]], starts: Sequence[Start]) -> Staggered:
    """The same, with the share of assignments that have an effect as large."""
    terms = _terms(y, starts)
    effect = sum(terms[i][start] for i, start in enumerate(starts))
    number = _assignments(starts)
    drawn = None if number <= MOST_ASSIGNMENTS else DRAWN_ASSIGNMENTS
    effects = _every(terms, starts) if drawn is None else _some(terms, starts, drawn)
    extreme = sum(abs(other) >= abs(effect) - _TIE for other in effects)
    p = extreme / number if drawn is None else (extreme + 1) / (drawn + 1)
    return Staggered(effect, number, p, drawn)


def effect_interval(y: Sequence[Sequence[float]], starts: Sequence[Start]) -> tuple[float, float]:
    """95 % interval of the overall effect: those that, once taken out, leave nothing unusual.

    Without bound where so few assignments exist that none of them is as rare as 5 %.
    """
    number = _assignments(starts)
    if number * ALPHA < 1:
        return -inf, inf
    given = [[float(start is not None and t >= start) for t in range(len(y[0]))] for start in starts]
    seen, lifted = (_terms(rows, starts) for rows in (y, given))
    if number <= DRAWN_ASSIGNMENTS:
        effects, lifts = (np.fromiter(_every(terms, starts), float) for terms in (seen, lifted))
    else:
        effects, lifts = (
            np.fromiter(_some(terms, starts, DRAWN_ASSIGNMENTS), float) for terms in (seen, lifted)
        )
    effect = sum(seen[i][start] for i, start in enumerate(starts))

    def unusual(shift: float) -> bool:
        """Whether the effect would be among the 5 % most extreme, if the true one were this."""
        extreme = np.abs(effects - shift * lifts) >= abs(effect - shift) - _TIE
        return bool(extreme.mean() <= ALPHA)

    return _edge(unusual, effect, -1.0), _edge(unusual, effect, 1.0)


def _edge(unusual: Callable[[float], bool], effect: float, side: float) -> float:
    """How far from the effect, to one side, a shift is not unusual; without bound if everywhere."""
    near, far = 0.0, 1.0
    while not unusual(effect + side * far):
        near, far = far, 2 * far
        if far > _WIDEST:
            return side * inf
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        near, far = (near, middle) if unusual(effect + side * middle) else (middle, far)
    return effect + side * far


def _terms(y: Sequence[Sequence[float]], starts: Sequence[Start]) -> list[dict[Start, float]]:
    """What each group would add to the overall effect with each start.

    How many groups start when is the same in every assignment, so the overall effect is a sum over groups.
    """
    sizes = Counter(starts)
    pairs = [
        (g, t, waiting)
        for g in sorted(start for start in sizes if start is not None and start >= 1)
        for t in range(g, len(y[0]))
        if (waiting := sum(n for start, n in sizes.items() if _waits(start, t)))
    ]
    if not pairs:
        raise ValueError("in no period is there a group with the change and one without")
    total = sum(sizes[g] for g, _, _ in pairs)
    terms = []
    for row in y:
        of_group: dict[Start, float] = dict.fromkeys(sizes, 0.0)
        for g, t, waiting in pairs:
            change = (row[t] - row[g - 1]) / total
            of_group[g] += change
            for start in sizes:
                if _waits(start, t):
                    of_group[start] -= change * sizes[g] / waiting
        terms.append(of_group)
    return terms


def _waits(start: Start, period: int) -> bool:
    return start is None or start > period


def _assignments(starts: Sequence[Start]) -> int:
    """Distinct ways to give these starts to the groups."""
    return factorial(len(starts)) // prod(factorial(n) for n in Counter(starts).values())


def _every(terms: Sequence[Mapping[Start, float]], starts: Sequence[Start]) -> Iterable[float]:
    """The effect of every distinct assignment."""
    kinds = Counter(starts)
    sums = {tuple(kinds.values()): [0.0]}  # how many of each start are left to give -> effects so far
    for of_group in terms:
        following: dict[tuple[int, ...], list[float]] = defaultdict(list)
        for left, so_far in sums.items():
            for i, start in enumerate(kinds):
                if left[i]:
                    rest = (*left[:i], left[i] - 1, *left[i + 1 :])
                    following[rest] += [effect + of_group[start] for effect in so_far]
        sums = following
    return chain.from_iterable(sums.values())


def _some(terms: Sequence[Mapping[Start, float]], starts: Sequence[Start], number: int) -> Iterator[float]:
    """Effects of assignments drawn at random, the same ones each time."""
    shuffled, rng = list(starts), Random(number)  # noqa: S311 (no secret hangs on it)
    for _ in range(number):
        rng.shuffle(shuffled)
        yield sum(of_group[start] for of_group, start in zip(terms, shuffled, strict=True))
