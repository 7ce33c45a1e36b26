"""What an experiment can find, told before it starts (docs/scoring.md 11.1)."""

from math import sqrt
from statistics import fmean

from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr

from server.scoring.always_valid import freedom, radius_of_few
from server.scoring.parameters import LEAST_UNITS, POWER

MOST_UNITS = 1_000_000
_STEPS = 40  # that stand for the whole distribution of an estimated variance


def power(effect: float, sd: float, units: tuple[int, int]) -> float:
    """The chance that the last look finds an effect of so many points; earlier looks only add to it.

    `sd`: of units in an arm, once the weeks before have explained what they can; `units`: in each arm.
    """
    variance = _variance(sd, units)
    halves = [radius_of_few(seen, units) for seen in _seen(variance, units)]
    return fmean(float(ndtr((abs(effect) - half) / sqrt(variance))) for half in halves)


def detectable(sd: float, units: tuple[int, int]) -> float:
    """The effect that is found with a chance of 80 %, in points."""
    variance = _variance(sd, units)
    most = radius_of_few(variance, units) + 5 * sqrt(variance)
    return float(brentq(lambda effect: power(effect, sd, units) - POWER, 0.0, 2 * most))


def units_needed(effect: float, sd: float) -> int | None:
    """Units in each of two equal arms that find the effect with a chance of 80 %; None beyond a million."""
    low, high = LEAST_UNITS, MOST_UNITS
    if power(effect, sd, (high, high)) < POWER:
        return None
    while low < high:
        middle = (low + high) // 2
        enough = power(effect, sd, (middle, middle)) >= POWER
        low, high = (low, middle) if enough else (middle + 1, high)
    return low


def _variance(sd: float, units: tuple[int, int]) -> float:
    return sd**2 * (1 / units[0] + 1 / units[1])


def _seen(variance: float, units: tuple[int, int]) -> list[float]:
    """Quantiles of what the variance is estimated to be: chi squared, divided as the effect's variance is."""
    half, divisor = freedom(units) / 2, sum(units) - 2
    shares = ((step + 0.5) / _STEPS for step in range(_STEPS))
    return [variance * 2 * float(gammaincinv(half, share)) / divisor for share in shares]
