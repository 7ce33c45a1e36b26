"""The effect of a change that came without a lot, at once or team after team (docs/scoring.md 11.2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import factorial, prod, sqrt
from random import Random
from statistics import fmean, variance

from server.scoring.parameters import DRAWN_ASSIGNMENTS, MOST_ASSIGNMENTS

Start = int | None
"""The first period with the change; None: never."""

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


def staggered(y: Sequence[Sequence[float]], starts: Sequence[Start]) -> Staggered:
    """From each group's means by period, and its start. ValueError if nobody is to be compared with."""
    terms = _terms(y, starts)
    effect = sum(terms[i][start] for i, start in enumerate(starts))
    number = _assignments(starts)
    drawn = None if number <= MOST_ASSIGNMENTS else DRAWN_ASSIGNMENTS
    effects = _every(terms, starts) if drawn is None else _some(terms, starts, drawn)
    extreme = sum(abs(other) >= abs(effect) - _TIE for other in effects)
    p = extreme / number if drawn is None else (extreme + 1) / (drawn + 1)
    return Staggered(effect, number, p, drawn)


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
