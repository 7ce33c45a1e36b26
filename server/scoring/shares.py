"""Shrinkage of shares, such as the share of satisfied answers (docs/scoring.md 6.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import betaincinv

from server.scoring.parameters import LEAST_GROUPS
from server.scoring.variance import held

STRENGTH_DEFAULT = 10.0  # answers that the prior weighs, where too few groups tell


@dataclass(frozen=True)
class SharePrior:
    """Beta prior common to all groups."""

    a: float
    b: float


@dataclass(frozen=True)
class Share:
    """A group's share with its 95 % interval."""

    share: float
    low: float
    high: float


def share_prior(groups: Sequence[tuple[float, float]]) -> SharePrior:
    """The prior from each group's (x, n)."""
    total = sum(n for _, n in groups)
    mean = (sum(x for x, _ in groups) + 0.5) / (total + 1)
    binomial = mean * (1 - mean)
    if len(groups) < LEAST_GROUPS:
        strength = STRENGTH_DEFAULT
    else:
        spread = sum(n * (x / n - mean) ** 2 for x, n in groups) / total - binomial / (total / len(groups))
        strength = binomial / held(spread, binomial / 201, binomial / 3) - 1
    return SharePrior(mean * strength, (1 - mean) * strength)


def share_of(x: float, n: float, prior: SharePrior) -> Share:
    """Posterior of a group with x of n."""
    a, b = prior.a + x, prior.b + n - x
    return Share(a / (a + b), float(betaincinv(a, b, 0.025)), float(betaincinv(a, b, 0.975)))
