"""Experiments as they might be, looked at week by week."""

from collections.abc import Iterator
from random import Random
from statistics import fmean

from server.scoring.always_valid import read
from server.scoring.cuped import Effect, cuped

LOOKS = 20


def looks(rng: Random, units: int, effect: float, noise: float = 6.0) -> Iterator[Effect]:
    """Each weekly look at two arms whose units differ, vary, and are measured before and since."""
    arms = []
    for lift in (effect, 0.0):
        level = [rng.gauss(70, 8) for _ in range(units)]
        before = [fmean(rng.gauss(own, noise) for _ in range(4)) for own in level]
        arms.append((lift, level, before, [0.0] * units))
    for look in range(1, LOOKS + 1):
        points = []
        for lift, level, before, total in arms:
            for i, own in enumerate(level):
                total[i] += rng.gauss(own + lift, noise)
            points.append([(x, t / look) for x, t in zip(before, total, strict=True)])
        yield cuped(*points)


def readings(rng: Random, units: int, effect: float) -> list[str]:
    """What each look says."""
    p, says = 1.0, []
    for found in looks(rng, units, effect):
        reading = read(found.effect, found.variance, (units, units), p)
        p = reading.p
        says.append(reading.says)
    return says
