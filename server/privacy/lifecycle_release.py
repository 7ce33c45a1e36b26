"""From how it went for each person to what is published of a period. Pure (docs/lifecycle.md).

A period is two months; each person counts in the one in which they were hired, moved or left, and a period is
released once. So no sum of periods narrows to fewer people than the plan of one allows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import comb

from server.privacy.lifecycle_outcomes import FIGURES, PARTS, PRODUCTIVE, Outcome
from server.privacy.plan import Place, Plan, plan_of
from server.privacy.records import Record

MONTHS = 2
"""Rows of laptops and of leavers are kept for 90 days: of a quarter, the first were gone at its release."""
LEAST_FOR_MEDIAN = 12
"""From so many people on, no end of the median's interval is the day of one of the fastest or slowest two."""
MEDIAN_OF = (PRODUCTIVE, "day_one")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody's outcome of one figure, and the unit they were in."""

    figure: str
    unit: str | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class LifecycleSum:
    """As in `LifecycleSumRow`."""

    figure: str
    unit: str
    part: str
    n: int
    y: int


@dataclass(frozen=True, slots=True)
class LifecycleMedian:
    """As in `LifecycleMedianRow`."""

    figure: str
    n: int
    median: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class LifecyclePeriod(Record):
    """All that is published of a period."""

    first: date
    last: date
    k: int
    sums: tuple[LifecycleSum, ...] = ()
    medians: tuple[LifecycleMedian, ...] = ()


def period_on(day: date) -> Period:
    """The two months of the calendar that a day lies in: January and February are the first."""
    month = (day.month - 1) // MONTHS * MONTHS + 1
    first = date(day.year, month, 1)
    after = date(day.year + (month + MONTHS > 12), (month + MONTHS - 1) % 12 + 1, 1)
    return Period(first, after - _DAY)


def make_lifecycle_period(period: Period, passed: Iterable[Passed], k: int) -> LifecyclePeriod:
    """The release of a period. `k`: of the organisation."""
    everybody = list(passed)
    sums: list[LifecycleSum] = []
    medians: list[LifecycleMedian] = []
    for figure in FIGURES:
        of_figure = [found for found in everybody if found.figure == figure]
        plan = plan_of(Counter(_place(found) for found in of_figure), k, with_cells=False)
        if plan.company is None:
            continue
        sums += _sums(figure, of_figure, plan)
        if figure in MEDIAN_OF and len(of_figure) >= max(k, LEAST_FOR_MEDIAN):
            medians.append(median_of(figure, [found.outcome.days for found in of_figure]))
    return LifecyclePeriod(period.first, period.last, k, tuple(sums), tuple(medians))


def _place(found: Passed) -> Place:
    """As the plan takes it: its `|` parts names of groups."""
    return Place(found.unit.replace("|", "/") if found.unit else None, None, None)


def _sums(figure: str, passed: Sequence[Passed], plan: Plan) -> list[LifecycleSum]:
    """Of everybody, and of each unit that the plan allows; every part has the same people."""
    groups = {"": list(passed)}
    for unit in sorted(plan.units):
        groups[unit] = [found for found in passed if _place(found).unit == unit]
    return [
        LifecycleSum(figure, unit, part, len(found), sum(one.outcome.parts[part] for one in found))
        for unit, found in groups.items()
        for part in PARTS[figure]
    ]


def median_of(figure: str, days: Sequence[int | None]) -> LifecycleMedian:
    """The median, the lower of two, with the order-statistic interval that covers it at 95 % or more. Whoever
    was not there within the days looked at stands behind all others."""
    ordered = sorted(days, key=lambda number: (number is None, number or 0))
    n = len(ordered)
    rank = rank_of_interval(n)
    return LifecycleMedian(figure, n, ordered[(n - 1) // 2], ordered[rank - 1], ordered[n - rank])


def rank_of_interval(n: int) -> int:
    """The largest rank r so that the r-th smallest and the r-th largest of n hold the median between them at
    95 % or more; 1 where none do."""
    beyond, rank = 0.0, 0
    while rank < n // 2:
        beyond += comb(n, rank) / 2**n
        if beyond > 0.025:
            break
        rank += 1
    return max(rank, 1)
