"""Since when a rate is another, and which update fits that day (docs/scoring.md 11.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log, pi, sqrt

from server.scoring.bursts import Day
from server.scoring.parameters import ALPHA, CHANGE_POINT_DAYS, CHANGE_POINT_P
from server.scoring.variance import held


@dataclass(frozen=True)
class ChangePoint:
    """`day`: the first of the new rate (index); `earliest`..`latest`: the days that it may be as well (95 %).

    `before`, `after`: events per hour. `p`: chance of a change as clear as this where there is none.
    """

    day: int
    earliest: int
    latest: int
    before: float
    after: float
    p: float


def change_point(days: Sequence[Day], phi: float) -> ChangePoint | None:
    """The clearest change of the rate, None if chance would make one as clear once in a hundred series."""
    y = [0.0, *accumulate(events / phi for events, _ in days)]
    e = [0.0, *accumulate(hours / phi for _, hours in days)]
    splits = [
        split for split in range(CHANGE_POINT_DAYS, len(days) - CHANGE_POINT_DAYS + 1) if 0 < e[split] < e[-1]
    ]
    if not splits or y[-1] == 0:
        return None
    gain = {split: _gain(y[split], e[split], y[-1], e[-1]) for split in splits}
    best = max(splits, key=lambda split: (gain[split], split))  # of days without hours, the one after them
    p = _chance(gain[best], e[splits[0]] / e[-1], e[splits[-1]] / e[-1])
    if p > CHANGE_POINT_P:
        return None
    near = [split for split in splits if gain[best] - gain[split] <= log(2 / ALPHA)]
    before, after = y[best] / e[best], (y[-1] - y[best]) / (e[-1] - e[best])
    return ChangePoint(best, min(near), max(near), before, after, p)


def fitting_updates(change: ChangePoint, first_days: Mapping[str, int]) -> list[str]:
    """Updates whose first day the change may have been, nearest first: "began with", never "because of"."""
    fitting = [name for name, day in first_days.items() if change.earliest <= day <= change.latest]
    return sorted(fitting, key=lambda name: (abs(first_days[name] - change.day), name))


def _gain(y: float, e: float, total_y: float, total_e: float) -> float:
    """Log likelihood ratio of two Poisson rates against one; the events are divided by phi already."""
    return _log_rate(y, e) + _log_rate(total_y - y, total_e - e) - _log_rate(total_y, total_e)


def _log_rate(y: float, e: float) -> float:
    return y * log(y / e) if y > 0 else 0.0


def _chance(gain: float, first: float, last: float) -> float:
    """Of a maximum as large over all splits between two shares of the hours (Miller and Siegmund 1982)."""
    b = sqrt(2 * gain)
    if b < 1:
        return 1.0
    density = exp(-gain) / sqrt(2 * pi)
    return held(density * ((b - 1 / b) * log(last * (1 - first) / (first * (1 - last))) + 4 / b), 0.0, 1.0)
