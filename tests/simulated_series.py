"""Series of a company's days as they might be, watched as the product watches them."""

from collections.abc import Callable, Iterator
from itertools import repeat
from random import Random

from server.scoring.alarm_limits import AlarmLimits
from server.scoring.alarms import Found, Measured, watch_scores

BEFORE, WATCHED = 63, 182  # days: 9 weeks to get used to, 26 weeks that count
WEEK = (0.0, 1.0, 0.5, -0.5, -1.5)  # every weekday has a height of its own
Noise = Callable[[Random, int], Iterator[list[float]]]


def independent(rng: Random, series: int) -> Iterator[list[float]]:
    for _ in repeat(None):
        yield [rng.gauss() for _ in range(series)]


def half_common(rng: Random, series: int) -> Iterator[list[float]]:
    for _ in repeat(None):
        common = rng.gauss()
        yield [(common + rng.gauss()) / 2**0.5 for _ in range(series)]


def like_the_day_before(rng: Random, series: int) -> Iterator[list[float]]:
    now = [rng.gauss() for _ in range(series)]
    for _ in repeat(None):
        yield now
        now = [0.5 * one + 0.75**0.5 * rng.gauss() for one in now]


def heavy_tailed(rng: Random, series: int) -> Iterator[list[float]]:
    """Student's t with 5 degrees of freedom, standard deviation 1."""
    for _ in repeat(None):
        yield [rng.gauss() / (rng.gammavariate(2.5, 2) / 5) ** 0.5 * 0.6**0.5 for _ in range(series)]


def watched(
    noise: Noise,
    limits: AlarmLimits,
    seed: int = 1,
    step: float = 0.0,
    length: int = WATCHED,
    units: int = 40,
) -> Iterator[tuple[int, Found]]:
    """(day since the series are known, what was found) at scores with a day noise of 1.35.

    Three of the units fall by `step` once they are known.
    """
    days, series = noise(Random(seed), units), {}
    for day in range(BEFORE + length):
        today = {}
        if day % 7 < 5:
            for i, one in enumerate(next(days)):
                fallen = step if i < 3 and day >= BEFORE else 0.0
                today[f"unit:{i}"] = Measured(70 + WEEK[day % 7] + 1.35 * one - fallen)
        series, found = watch_scores(series, today, limits, day % 7)
        yield from ((day - BEFORE, one) for one in found if day >= BEFORE)


def counts(rng: Random, mean: float, phi: float) -> float:
    """Events that vary phi times as much as chance alone would make them."""
    if phi > 1:
        mean = rng.gammavariate(mean / (phi - 1), phi - 1)
    number, left = 0, rng.expovariate(1)
    while left < mean:
        number, left = number + 1, left + rng.expovariate(1)
    return number
