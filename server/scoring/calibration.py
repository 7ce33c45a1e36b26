"""Whether groups that score better are more satisfied: a rank correlation (docs/scoring.md 11.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import correlation

from server.scoring.parameters import CALIBRATION_GROUPS, Z

_NEARLY_ONE = 1 - 1e-12  # where Fisher's transformation still ends


@dataclass(frozen=True)
class Calibration:
    """Spearman's rho with its 95 % interval, over so many groups."""

    groups: int
    rho: float
    low: float
    high: float


def calibration(technology: Sequence[float], sentiment: Sequence[float]) -> Calibration | None:
    """From both scores of each group, none of them borrowed; None if there are too few or all are alike.

    Interval by Fisher's transformation with the variance of Bonett and Wright (2000).
    """
    groups = len(technology)
    if groups < CALIBRATION_GROUPS or min(len(set(technology)), len(set(sentiment))) < 2:
        return None
    rho = correlation(_ranks(technology), _ranks(sentiment))
    middle = atanh(min(max(rho, -_NEARLY_ONE), _NEARLY_ONE))
    half = Z * sqrt((1 + rho**2 / 2) / (groups - 3))
    return Calibration(groups, rho, tanh(middle - half), tanh(middle + half))


def _ranks(values: Sequence[float]) -> list[float]:
    """Ties share the mean of their ranks."""
    return [sum(other < value for other in values) + values.count(value) / 2 for value in values]
