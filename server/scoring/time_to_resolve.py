"""How long requests to IT take, open ones included as far as they are known (docs/scoring.md 11.4)."""

from collections import Counter
from collections.abc import Sequence

_ROUNDING = 1e-12  # a half, as a product of fractions


def median_hours(hours: Sequence[float], closed: Sequence[bool]) -> float | None:
    """Working hours within which half of the requests are closed (Kaplan and Meier 1958).

    `hours`: until a request was closed, or so far. None if fewer than half are known to be closed by then.
    """
    closing = Counter(hour for hour, done in zip(hours, closed, strict=True) if done)
    waiting = Counter(hours)
    at_risk, still_open = len(hours), 1.0
    for hour in sorted(waiting):
        still_open *= 1 - closing[hour] / at_risk
        if still_open <= 0.5 + _ROUNDING:
            return hour
        at_risk -= waiting[hour]
    return None


def in_time(hours: Sequence[float], closed: Sequence[bool], aim: float) -> tuple[int, int]:
    """Requests closed within `aim` working hours, of those of which that is known."""
    known = [done and hour <= aim for hour, done in zip(hours, closed, strict=True) if done or hour > aim]
    return sum(known), len(known)
