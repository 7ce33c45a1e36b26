"""Bursts of events: a rate that has doubled, by a cumulative likelihood ratio (docs/scoring.md 10.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from server.scoring.parameters import BURST_DAYS, BURST_RATIO

Day = tuple[float, float]
"""Events and hours of one day."""


@dataclass(frozen=True)
class Burst:
    """Log likelihood ratio of a doubled rate, and for how many looks it has been above 0."""

    total: float = 0.0
    looks: int = 0

    def after(self, day: Day | None, base: float, phi: float) -> "Burst":
        """The sum after one more day against the rate `base`; a missing day leaves it."""
        total = self.total
        if day is not None:
            y, e = day
            total = max(0.0, total + y / phi * log(BURST_RATIO) - (BURST_RATIO - 1) * base * e / phi)
        return Burst(total, self.looks + 1 if total > 0 else 0)


NO_BURST = Burst()


def burst_base(y: float, e: float, phi: float) -> float:
    """The rate of the weeks before, one standard error up. ValueError without hours."""
    if e <= 0:
        raise ValueError("no hours, no rate to compare a burst with")
    return (y + sqrt(phi * y) + phi) / e


def base_of(before: Sequence[Day | None], together: Day | None, phi: float) -> float | None:
    """The rate to compare a day with: of the 4 weeks before, or, if it is not that old, of all its versions.

    `before`: the days since the series began, oldest first. None if there is nothing to compare with.
    """
    own = [day for day in before[-BURST_DAYS:] if day is not None] if len(before) >= BURST_DAYS else []
    y, e = sum(y for y, _ in own), sum(e for _, e in own)
    if e <= 0:
        y, e = together or (0.0, 0.0)
    return burst_base(y, e, phi) if e > 0 else None


def bursts(
    days: Sequence[Day | None], base: float, phi: float, limit: float
) -> tuple[list[float], list[int]]:
    """The sum after each day, before it goes back to 0 at an alarm; and the days of alarms."""
    path, alarms, now = [], [], NO_BURST
    for i, day in enumerate(days):
        now = now.after(day, base, phi)
        path.append(now.total)
        if now.total >= limit:
            alarms.append(i)
            now = NO_BURST
    return path, alarms
