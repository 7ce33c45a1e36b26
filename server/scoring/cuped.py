"""The effect of a change given by lot, less what the weeks before explain (docs/scoring.md 11.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import fsum, sqrt
from statistics import fmean, variance

Unit = tuple[float, float]
"""A unit's mean of the 4 weeks before (x), and of the weeks since (y)."""


@dataclass(frozen=True)
class Effect:
    """What the change did, in points, and its variance; `theta`: of y by each point of x."""

    theta: float
    effect: float
    variance: float


def cuped(treated: Sequence[Unit], control: Sequence[Unit]) -> Effect:
    """Each unit is what was drawn by lot: a team or a device. ValueError below two units in an arm."""
    arms = (treated, control)
    if min(len(arm) for arm in arms) < 2:
        raise ValueError("an arm needs two units at least")
    theta = _slope(arms)
    left = [[y - theta * x for x, y in arm] for arm in arms]
    effect = fmean(y for _, y in treated) - fmean(y for _, y in control)
    effect -= theta * (fmean(x for x, _ in treated) - fmean(x for x, _ in control))
    return Effect(theta, effect, sum(variance(values) / len(values) for values in left))


def by_lot(units: Sequence[str], secret: str, share: float = 0.5) -> set[str]:
    """The units that get the change: those first in an order which the secret alone decides.

    Who is told the secret afterwards can draw the lots again.
    """
    ordered = sorted(units, key=lambda unit: sha256(f"{secret}\n{unit}".encode()).digest())
    return set(ordered[: round(share * len(ordered))])


def remaining_sd(sd: float, correlation: float) -> float:
    """Of y, once the weeks before have explained what they can."""
    return sd * sqrt(1 - correlation**2)


def _slope(arms: Sequence[Sequence[Unit]]) -> float:
    """Pooled within arms; 0 where x is the same everywhere."""
    products, squares = [], []
    for arm in arms:
        mean_x, mean_y = fmean(x for x, _ in arm), fmean(y for _, y in arm)
        products += [(x - mean_x) * (y - mean_y) for x, y in arm]
        squares += [(x - mean_x) ** 2 for x, _ in arm]
    total = fsum(squares)
    return fsum(products) / total if total else 0.0
