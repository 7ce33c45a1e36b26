"""Employee net promoter score with an honest interval (docs/scoring.md 11)."""

from dataclasses import dataclass
from math import sqrt

from server.scoring.parameters import Z
from server.scoring.variance import held

ADDED = 0.75  # of each end, three answers in all, so that a unanimous handful is not certain


@dataclass(frozen=True)
class Enps:
    """-100..100 with its 95 % interval."""

    n: int
    nps: float
    low: float
    high: float


def enps(promoters: int, passives: int, detractors: int) -> Enps:
    """ValueError without any answer."""
    n = promoters + passives + detractors
    if n == 0:
        raise ValueError("no answers, no net promoter score")
    p, d = (promoters + ADDED) / (n + 3), (detractors + ADDED) / (n + 3)
    half = Z * sqrt((p + d - (p - d) ** 2) / (n + 3))
    low, high = (held(100 * (p - d + sign * half), -100, 100) for sign in (-1, 1))
    return Enps(n, 100 * (promoters - detractors) / n, low, high)
