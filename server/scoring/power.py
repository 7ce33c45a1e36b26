"""What an experiment can find, told before it starts (docs/scoring.md 11.1)."""

from math import sqrt

from scipy.optimize import brentq
from scipy.special import ndtr

from server.scoring.always_valid import radius
from server.scoring.parameters import LEAST_UNITS, POWER

MOST_UNITS = 1_000_000


def variance_of(sd: float, units: tuple[int, int]) -> float:
    """Of the effect, if units vary by `sd` once the weeks before have explained what they can."""
    return sd**2 * (1 / units[0] + 1 / units[1])


def power(effect: float, variance: float) -> float:
    """The chance that the last look finds an effect of so many points; earlier looks only add to it."""
    half, sd = radius(variance), sqrt(variance)
    return float(ndtr((effect - half) / sd) + ndtr((-effect - half) / sd))


def detectable(variance: float) -> float:
    """The effect that is found with a chance of 80 %, in points."""
    most = radius(variance) + 5 * sqrt(variance)
    return float(brentq(lambda effect: power(effect, variance) - POWER, 0.0, most))


def units_needed(effect: float, sd: float) -> int | None:
    """Units in each of two equal arms that find the effect with a chance of 80 %; None beyond a million."""

    def enough(units: int) -> bool:
        return power(effect, variance_of(sd, (units, units))) >= POWER

    low, high = LEAST_UNITS, MOST_UNITS
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
