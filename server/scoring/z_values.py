"""How unusual a day or a week is for its series, as a normal deviate (docs/scoring.md 10.2)."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from math import copysign, sqrt

from scipy.special import ndtri, stdtr

from server.scoring.parameters import (
    LEAST_FREEDOM,
    LEAST_REFERENCES,
    NEIGHBOURS_MOST,
    REFERENCES,
    SCORE_FLOOR,
    Z_MOST,
)
from server.scoring.variance import held, pool_of

DAYS, WEEKS = 7, 1  # looks after which a value is compared with its like: same weekday, or any week
Value = float | None  # None: not measured, or never to be compared with


def memory(period: int) -> int:
    """How many values back a look goes: 56 days, or 8 weeks."""
    return REFERENCES * period


def z_value(
    value: float, floor: float, before: Sequence[Value], weekday: int = 0, period: int = DAYS
) -> Value:
    """z of a value after those `before` it, oldest first; None with too few to compare with.

    `floor`: the least standard deviation the series can have. `weekday`: of the value, Monday 0.
    """
    references = _known(before, period, period)
    if len(references) < LEAST_REFERENCES:
        return None
    back = [off for off in range(1, period + 1) if period == WEEKS or _same_kind(weekday, weekday - off)]
    pool = pool_of(_known(before, off, period) for off in back)
    scale = max(sqrt(pool.squares / pool.freedom), floor)
    number = len(references)
    t = (value - sum(references) / number) / (scale * sqrt(1 + 1 / number))
    return as_normal(t, max(LEAST_FREEDOM, pool.freedom / 2))


def as_normal(t: float, freedom: float) -> float:
    """The normal deviate as rare as t is under Student's distribution, at most 12."""
    return copysign(min(Z_MOST, -float(ndtri(stdtr(freedom, -abs(t))))), t)


def z_series(
    values: Sequence[Value],
    floors: Sequence[float] | float = SCORE_FLOOR,
    first: int = 0,
    period: int = DAYS,
    skip: Collection[int] = (),
) -> list[Value]:
    """z of each value of a series that begins on weekday `first`; those at `skip` are no references."""
    usable = [None if i in skip else value for i, value in enumerate(values)]
    each_floor = [floors] * len(values) if isinstance(floors, int | float) else floors
    return [
        None
        if value is None
        else z_value(value, floor, usable[max(0, i - memory(period)) : i], (first + i) % 7, period)
        for i, (value, floor) in enumerate(zip(values, each_floor, strict=True))
    ]


def rate_value(y: float | None, e: float | None, phi: float) -> tuple[Value, float]:
    """A rate on the scale on which its counting noise is the same at any height, and that noise."""
    if y is None or e is None or e <= 0:
        return None, SCORE_FLOOR
    return 2 * sqrt((y + 0.375) / e), sqrt(phi / e)


def lag_one(series: Sequence[Sequence[Value]]) -> float:
    """rho: how much neighbouring days resemble each other, over all series of a signal, in 0..0.8."""
    product = squares = 0.0
    for z in series:
        for before, after in pairwise(z):
            if before is not None and after is not None:
                product += before * after
                squares += (before * before + after * after) / 2
    return held(product / squares, 0.0, NEIGHBOURS_MOST) if squares else 0.0


def _known(before: Sequence[Value], offset: int, period: int) -> list[float]:
    """Values `offset` looks back and every period further back."""
    return [value for value in before[-offset::-period][:REFERENCES] if value is not None]


def _same_kind(weekday: int, other: int) -> bool:
    """Both on Monday to Friday, or both on Saturday or Sunday."""
    return (weekday % 7 >= 5) == (other % 7 >= 5)
