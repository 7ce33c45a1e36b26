"""The released figures of joining, moving and leaving as pages, programs and the command line show them.

Pages and programs get size classes and steps of 5 percent, an interval rounded outwards; the host's command
line gets exact released sums.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil, floor
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from server.privacy.lifecycle_outcomes import FIGURES, PARTS
from server.privacy.lifecycle_release import LifecyclePeriod, LifecycleSum
from server.privacy.lifecycle_store import load_periods
from server.scoring.size_class import size_class
from server.scoring.wilson import wilson

PERIODS_IN_YEAR = 6
STEP = 5
"""Percent, where a share is not told exactly."""


class PartFigure(msgspec.Struct, frozen=True):
    """In percent: for how many of the people a part of a figure holds, with its 95 % interval."""

    part: str
    percent: int
    low: int
    high: int


class GroupFigure(msgspec.Struct, frozen=True):
    """One group's parts; `unit` is null for the whole company. `people`: how many joined, moved or left, as a
    size class such as 20-49."""

    unit: str | None
    people: str
    parts: list[PartFigure]


class MedianFigure(msgspec.Struct, frozen=True):
    """The company's median in working days with its 95 % interval; null: later than is looked at."""

    people: str
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


def lifecycle_of(session: Session, org_id: UUID, exact: bool = False) -> Lifecycle:
    released = load_periods(session, org_id)
    recent = released[-PERIODS_IN_YEAR:]
    shown = _Exactly() if exact else _Roughly()
    year = shown.span(recent, recent[0].first, recent[-1].last) if recent else None
    return Lifecycle(year, [shown.span([one], one.first, one.last) for one in reversed(released)])


class _Exactly:
    """Released sums as they are."""

    def span(self, periods: Sequence[LifecyclePeriod], first: date, last: date) -> LifecycleSpan:
        """Sums of periods add up, for nobody is in two of them; medians do not."""
        sums = [found for period in periods for found in period.sums]
        medians = {found.figure: found for found in periods[0].medians} if len(periods) == 1 else {}
        figures = []
        for figure in FIGURES:
            middle = medians.get(figure)
            told = None
            if middle:
                told = MedianFigure(self.size(middle.n), middle.median, middle.low, middle.high)
            figures.append(LifecycleFigure(figure, self._groups(figure, sums), told))
        return LifecycleSpan(first, last, max(period.k for period in periods), figures)

    def size(self, people: int) -> str:
        return str(people)

    def part(self, part: str, y: int, n: int) -> PartFigure:
        low, high = wilson(y, n)
        return PartFigure(part, round(100 * y / n), round(100 * low), round(100 * high))

    def _groups(self, figure: str, sums: Iterable[LifecycleSum]) -> list[GroupFigure]:
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
                self.size(people[unit, first]),
                [self.part(part, hold[unit, part], people[unit, part]) for part in PARTS[figure]],
            )
            for unit in sorted({unit for unit, _ in people})
        ]


class _Roughly(_Exactly):
    """So that no head can be counted."""

    def size(self, people: int) -> str:
        return size_class(people)

    def part(self, part: str, y: int, n: int) -> PartFigure:
        low, high = wilson(y, n)
        middle = STEP * floor(100 * y / n / STEP + 0.5)
        return PartFigure(part, middle, STEP * floor(100 * low / STEP), STEP * ceil(100 * high / STEP))
