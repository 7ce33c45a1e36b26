"""The released figures of joining, moving and leaving as pages, programs and the command line show them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from server.privacy.lifecycle_outcomes import FIGURES, PARTS
from server.privacy.lifecycle_release import LifecyclePeriod, LifecycleSum
from server.privacy.lifecycle_store import load_periods
from server.scoring.wilson import wilson

PERIODS_IN_YEAR = 6


class PartFigure(msgspec.Struct, frozen=True):
    """In percent: for how many of the people a part of a figure holds, with its 95 % interval."""

    part: str
    percent: int
    low: int
    high: int


class GroupFigure(msgspec.Struct, frozen=True):
    """One group's parts; `unit` is null for the whole company. `people` is how many joined, moved or left."""

    unit: str | None
    people: int
    parts: list[PartFigure]


class MedianFigure(msgspec.Struct, frozen=True):
    """The company's median in working days with its 95 % interval; null: later than is looked at."""

    people: int
    median: int | None
    low: int | None
    high: int | None


class LifecycleFigure(msgspec.Struct, frozen=True):
    """One figure; without groups where too few people joined, moved or left."""

    figure: str
    groups: list[GroupFigure]
    median: MedianFigure | None = None


class LifecycleSpan(msgspec.Struct, frozen=True):
    """All figures of the people whose first day, move or last day lies from `first` to `last`."""

    first: date
    last: date
    k: int
    figures: list[LifecycleFigure]


class Lifecycle(msgspec.Struct, frozen=True):
    """`year`: the last six released periods together, of the groups that each period allowed; null before the
    first release. `periods`: the newest first."""

    year: LifecycleSpan | None
    periods: list[LifecycleSpan]


def lifecycle_of(session: Session, org_id: UUID) -> Lifecycle:
    released = load_periods(session, org_id)
    recent = released[-PERIODS_IN_YEAR:]
    year = _span(recent, recent[0].first, recent[-1].last) if recent else None
    return Lifecycle(year, [_span([one], one.first, one.last) for one in reversed(released)])


def _span(periods: Sequence[LifecyclePeriod], first: date, last: date) -> LifecycleSpan:
    """Sums of periods add up, for nobody is in two of them; medians do not."""
    sums = [found for period in periods for found in period.sums]
    medians = {found.figure: found for found in periods[0].medians} if len(periods) == 1 else {}
    figures = []
    for figure in FIGURES:
        middle = medians.get(figure)
        told = MedianFigure(middle.n, middle.median, middle.low, middle.high) if middle else None
        figures.append(LifecycleFigure(figure, _groups(figure, sums), told))
    return LifecycleSpan(first, last, max(period.k for period in periods), figures)


def _groups(figure: str, sums: Iterable[LifecycleSum]) -> list[GroupFigure]:
    """The company first, then units by name."""
    people: dict[tuple[str, str], int] = defaultdict(int)
    hold: dict[tuple[str, str], int] = defaultdict(int)
    for found in sums:
        if found.figure == figure:
            people[found.unit, found.part] += found.n
            hold[found.unit, found.part] += found.y
    first = PARTS[figure][0]
    return [
        GroupFigure(
            unit or None,
            people[unit, first],
            [_part(part, hold[unit, part], people[unit, part]) for part in PARTS[figure]],
        )
        for unit in sorted({unit for unit, _ in people})
    ]


def _part(part: str, y: int, n: int) -> PartFigure:
    low, high = wilson(y, n)
    return PartFigure(part, round(100 * y / n), round(100 * low), round(100 * high))
