"""Slow changes: a two-sided cumulative sum of what is new in each day's z (docs/scoring.md 10.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from server.scoring.parameters import DRIFT_SLACK, DRIFT_STEP
from server.scoring.variance import held
from server.scoring.z_values import Value

UP, DOWN = "up", "down"


@dataclass(frozen=True)
class Drift:
    """C+ and C-, and for how many looks each has been above 0."""

    up: float = 0.0
    down: float = 0.0
    up_for: int = 0
    down_for: int = 0

    def after(self, news: Value) -> "Drift":
        """The sums after one more look; a missing value leaves them."""
        if news is None:
            return Drift(self.up, self.down, _longer(self.up, self.up_for), _longer(self.down, self.down_for))
        up, down = max(0.0, self.up + news - DRIFT_SLACK), max(0.0, self.down - news - DRIFT_SLACK)
        return Drift(up, down, _longer(up, self.up_for), _longer(down, self.down_for))

    def side_above(self, limit: float) -> str | None:
        """Which side is above the limit; it is never both, as news has one sign."""
        return UP if self.up > limit else DOWN if self.down > limit else None


AT_REST = Drift()


def news_of(z: Value, z_before: Value, rho: float) -> Value:
    """What z says beyond the day before, held so that a single day cannot make a drift."""
    if z is None:
        return None
    news = z if z_before is None else (z - rho * z_before) / sqrt(1 - rho**2)
    return held(news, -DRIFT_STEP, DRIFT_STEP)


def drifts(z: Sequence[Value], limit: float, rho: float) -> tuple[list[Drift], list[tuple[int, str]]]:
    """The sums after each look, before they go back to 0 at an alarm; and the alarms (look, side)."""
    path, alarms, now = [], [], AT_REST
    before: Value = None
    for i, value in enumerate(z):
        now = now.after(news_of(value, before, rho))
        path.append(now)
        if side := now.side_above(limit):
            alarms.append((i, side))
            now = AT_REST
        before = value
    return path, alarms


def _longer(total: float, looks: int) -> int:
    return looks + 1 if total > 0 else 0
