"""Spread within groups, between groups, and of weighted sums (docs/scoring.md 6.1, 6.2, 7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt

from server.scoring.parameters import CORRELATION, LEAST_GROUPS, Z


@dataclass(frozen=True)
class Pool:
    """Squared deviations from group means, and degrees of freedom; adds up over weeks."""

    squares: float = 0.0
    freedom: int = 0

    def __add__(self, other: "Pool") -> "Pool":
        return Pool(self.squares + other.squares, self.freedom + other.freedom)

    def variance(self, floor: float, default: float, least_freedom: int) -> float:
        """Within-group variance; `default` where there are too few persons to tell."""
        if self.freedom < least_freedom:
            return default
        return max(floor, self.squares / self.freedom)


def pool_of(groups: Iterable[Sequence[float]]) -> Pool:
    """The pool of groups of values; empty groups count nothing."""
    squares, freedom = [], 0
    for values in groups:
        if values:
            mean = fsum(values) / len(values)
            squares.append(fsum((value - mean) ** 2 for value in values))
            freedom += len(values) - 1
    return Pool(fsum(squares), freedom)


def between_groups(means: Sequence[float], variances: Sequence[float], floor: float, default: float) -> float:
    """tau2, the variance between groups, from each one's mean and variance (DerSimonian, Laird 1986)."""
    if len(means) < LEAST_GROUPS:
        return default
    weights = [1 / variance for variance in variances]
    total = sum(weights)
    centre = sum(w * m for w, m in zip(weights, means, strict=True)) / total
    q = sum(w * (m - centre) ** 2 for w, m in zip(weights, means, strict=True))
    return max(floor, (q - (len(means) - 1)) / (total - sum(w * w for w in weights) / total))


def combined_sd(parts: Iterable[tuple[float, float]]) -> float:
    """Standard deviation of a weighted sum of correlated parts, from (share, sd) of each."""
    terms = [share * sd for share, sd in parts]
    squares = sum(term * term for term in terms)
    return sqrt(squares + CORRELATION * (sum(terms) ** 2 - squares))


def held(value: float, low: float = 0.0, high: float = 100.0) -> float:
    """The value, cut to a range."""
    return min(max(value, low), high)


def interval(value: float, sd: float) -> tuple[float, float]:
    """95 % interval of a score, cut to 0..100."""
    return held(value - Z * sd), held(value + Z * sd)
