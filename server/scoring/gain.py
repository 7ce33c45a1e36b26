"""Points to gain: what would raise the score most (docs/scoring.md 9.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from server.scoring.parameters import LEAST_GROUPS, TARGET_DEFAULT


@dataclass(frozen=True)
class Gain:
    """Points of DEX if a signal reached its target, and the same times the persons of the group."""

    target: float
    points: float
    person_points: float


def target(scores: Sequence[float]) -> float:
    """What good groups of the same kind reach: the 75th percentile of their scores, if there are enough."""
    return TARGET_DEFAULT if len(scores) < LEAST_GROUPS else percentile(scores, 0.75)


def percentile(scores: Sequence[float], share: float) -> float:
    """The score below which this share lies, linear between neighbours."""
    ordered = sorted(scores)
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def gain(aim: float, score: float, share: float, persons: float) -> Gain:
    """`share` is the signal's share of DEX."""
    points = share * max(0.0, aim - score)
    return Gain(aim, points, points * persons)
