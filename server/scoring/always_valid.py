"""Reading an experiment as often as one likes, without more false findings (docs/scoring.md 11.1)."""

from dataclasses import dataclass
from math import exp, inf, log, sqrt

from server.scoring.parameters import ALPHA, LEAST_UNITS, WORTH_FINDING

BETTER, WORSE, NOTHING_WORTH, OPEN, TOO_FEW = "better", "worse", "nothing_worth", "open", "too_few"


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
    """ValueError if the variance is not above 0."""
    if not variance > 0:
        raise ValueError("without variance nothing can be said")
    square = WORTH_FINDING**2
    wide = variance + square
    exponent = square * effect**2 / (2 * variance * wide)
    ratio = sqrt(variance / wide) * exp(exponent) if exponent < 700 else inf
    half = radius(variance)
    return AlwaysValid(ratio, min(1.0, 1 / ratio), effect - half, effect + half)


def radius(variance: float) -> float:
    """Half the length of the interval."""
    square = WORTH_FINDING**2
    wide = variance + square
    return sqrt(variance * wide / square * (2 * log(1 / ALPHA) + log(wide / variance)))


def read(effect: float, variance: float, units: tuple[int, int], p_before: float = 1.0) -> Reading:
    """The next look at an experiment with so many units in its arms; `p_before`: p of the look before."""
    now = always_valid(effect, variance)
    if min(units) < LEAST_UNITS:
        return Reading(effect, now.low, now.high, p_before, TOO_FEW)
    p = min(p_before, now.p)
    return Reading(effect, now.low, now.high, p, _says(effect, now, p))


def _says(effect: float, now: AlwaysValid, p: float) -> str:
    if p <= ALPHA:
        return BETTER if effect > 0 else WORSE
    return NOTHING_WORTH if now.low > -WORTH_FINDING and now.high < WORTH_FINDING else OPEN
