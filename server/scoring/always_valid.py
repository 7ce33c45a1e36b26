"""Reading an experiment as often as one likes, without more false findings (docs/scoring.md 11.1)."""

from dataclasses import dataclass
from math import exp, inf, log, sqrt

from scipy.special import ndtr, stdtrit

from server.scoring.parameters import ALPHA, LEAST_UNITS, WORTH_FINDING
from server.scoring.z_values import as_normal

BETTER, WORSE, NOTHING_WORTH, OPEN, TOO_FEW = "better", "worse", "nothing_worth", "open", "too_few"

_MOST_EXPONENT = 700.0  # of a likelihood ratio that is still a number


@dataclass(frozen=True)
class AlwaysValid:
    """p and interval that hold at every look (mixture sequential probability ratio test)."""

    likelihood_ratio: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Reading:
    """One look: the effect in points, its interval, the smallest p so far, and what may be said.

    `better` and `worse`: p has come down to 5 %. `nothing_worth`: the interval leaves no room for 3 points
    either way. `too_few`: an arm has fewer than 4 units. Else `open`.
    """

    effect: float
    low: float
    high: float
    p: float
    says: str


def always_valid(effect: float, variance: float) -> AlwaysValid:
    """For a variance that is known. ValueError if it is not above 0."""
    half = radius(variance)
    square = WORTH_FINDING**2
    wide = variance + square
    exponent = square * effect**2 / (2 * variance * wide)
    ratio = sqrt(variance / wide) * exp(exponent) if exponent < _MOST_EXPONENT else inf
    return AlwaysValid(ratio, min(1.0, 1 / ratio), effect - half, effect + half)


def radius(variance: float) -> float:
    """Half the length of that interval."""
    if not variance > 0:
        raise ValueError("without variance nothing can be said")
    square = WORTH_FINDING**2
    wide = variance + square
    return sqrt(variance * wide / square * (2 * log(1 / ALPHA) + log(wide / variance)))


def read(effect: float, variance: float, units: tuple[int, int], p_before: float = 1.0) -> Reading:
    """The next look at an experiment with so many units in its arms; `p_before`: p of the look before.

    The variance is itself an estimate from these units. So the effect counts as the normal deviate that is as
    rare as it is under Student's distribution, and the interval is longer by the same measure.
    """
    if min(units) < LEAST_UNITS:
        return Reading(effect, -inf, inf, p_before, TOO_FEW)
    half, sd = radius_of_few(variance, units), sqrt(variance)
    now = always_valid(as_normal(effect / sd, freedom(units)) * sd, variance)
    p = min(p_before, now.p)
    return Reading(effect, effect - half, effect + half, p, _says(effect, half, p))


def radius_of_few(variance: float, units: tuple[int, int]) -> float:
    """Half the length of the interval, if the variance is estimated from so many units."""
    sd = sqrt(variance)
    return -float(stdtrit(freedom(units), ndtr(-radius(variance) / sd))) * sd


def freedom(units: tuple[int, int]) -> int:
    """Two means and theta are estimated."""
    return sum(units) - 3


def _says(effect: float, half: float, p: float) -> str:
    if p <= ALPHA:
        return BETTER if effect > 0 else WORSE
    return NOTHING_WORTH if abs(effect) + half < WORTH_FINDING else OPEN
