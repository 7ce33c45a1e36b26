"""Which changes since the window before are worth showing (docs/scoring.md 10.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtr

from server.scoring.parameters import FALSE_DISCOVERY, LEAST_CHANGE


@dataclass(frozen=True)
class Difference:
    """A group's DEX now less before, its sd, and the baskets of signals behind the two."""

    delta: float
    sd: float
    baskets: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    @property
    def comparable(self) -> bool:
        return self.baskets[0] == self.baskets[1]


@dataclass(frozen=True)
class Change:
    """`p` is None where the two baskets differ: then nothing can be said."""

    p: float | None
    comparable: bool
    flag: bool


def difference(now: float, now_sd: float, before: float, before_sd: float) -> tuple[float, float]:
    """Change and its sd; cautious, as the two windows have persons in common."""
    return now - before, sqrt(now_sd**2 + before_sd**2)


def change_flags(differences: Sequence[Difference]) -> list[Change]:
    """One family: all groups of a kind (Benjamini and Hochberg 1995)."""
    p_values = [_p(d) if d.comparable else None for d in differences]
    limit = discovery_limit([p for p in p_values if p is not None])
    return [
        Change(p, d.comparable, p is not None and p <= limit and abs(d.delta) >= LEAST_CHANGE)
        for d, p in zip(differences, p_values, strict=True)
    ]


def discovery_limit(p_values: Sequence[float]) -> float:
    """The largest p of a family that is kept at a false discovery rate of 10 %; -1 if none is."""
    ordered = sorted(p_values)
    kept = [p for rank, p in enumerate(ordered, 1) if p <= FALSE_DISCOVERY * rank / len(ordered)]
    return max(kept, default=-1.0)


def _p(d: Difference) -> float:
    return 2 * float(ndtr(-abs(d.delta) / d.sd))
