"""What moves together with satisfaction, within groups over periods; never a cause (docs/scoring.md 11.3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.linalg import lstsq
from scipy.special import stdtrit

from server.scoring.parameters import DRIVER_GROUPS, DRIVER_ROWS


@dataclass(frozen=True)
class Row:
    """One group in one period: mean satisfaction y, mean scores x, number n of people behind them."""

    group: str
    y: float
    x: Sequence[float]
    n: float


@dataclass(frozen=True)
class Driver:
    """Points of satisfaction that go with one point of a score."""

    slope: float
    se: float
    low: float
    high: float


def can_be_shown(rows: Sequence[Row]) -> bool:
    """Whether there are groups and periods enough for anybody to see the result."""
    return len({row.group for row in rows}) >= DRIVER_GROUPS and len(rows) >= DRIVER_ROWS


def drivers(rows: Sequence[Row]) -> list[Driver]:
    """One driver for each x. ValueError if the rows do not tell the scores apart."""
    groups = sorted({row.group for row in rows})
    slopes = _slopes(rows)
    without = [_slopes([row for row in rows if row.group != group]) for group in groups]
    share, reach = (len(groups) - 1) / len(groups), float(stdtrit(len(groups) - 1, 0.975))
    found = []
    for i, slope in enumerate(slopes):
        se = sqrt(share * sum((other[i] - slope) ** 2 for other in without))
        found.append(Driver(slope, se, slope - reach * se, slope + reach * se))
    return found


def _slopes(rows: Sequence[Row]) -> list[float]:
    """Least squares of y on x, both less their group's mean, weighted by n."""
    by_group: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_group[row.group].append(row)
    x, y = [], []
    for members in by_group.values():
        total = sum(row.n for row in members)
        columns = zip(*((row.y, *row.x) for row in members), strict=True)
        means = [sum(row.n * v for row, v in zip(members, column, strict=True)) / total for column in columns]
        for row in members:
            root = sqrt(row.n)
            y.append(root * (row.y - means[0]))
            x.append([root * (v - mean) for v, mean in zip(row.x, means[1:], strict=True)])
    if not x:
        raise ValueError("there is no more than one group")
    solution, _, rank, _ = lstsq(x, y)
    if rank < len(x[0]):
        raise ValueError("the scores cannot be told apart within groups")
    return [float(slope) for slope in solution]
