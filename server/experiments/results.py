"""What pages and commands show of an experiment: numbers with one decimal, sizes as classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from server.experiments.models import ExperimentReadingRow, ExperimentRow
from server.experiments.points import MINUTES_PER_POINT
from server.experiments.queries import experiment, experiments, readings_of, teams_of
from server.experiments.schedule import LAPTOPS
from server.privacy.rounding import one
from server.scoring.lost_time import LOST
from server.scoring.size_class import size_class


@dataclass(frozen=True, slots=True)
class Reading:
    """What was said in a week, in points. `treated`, `others`: size classes of people, or numbers."""

    week: str
    says: str
    effect: float | None
    low: float | None
    high: float | None
    treated: str
    others: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes lost in an hour, more (above 0) or fewer than without the change."""

    effect: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with its readings, oldest week first; `teams`: of a roll-out, with the weeks of their
    starts (None: not at all). `power`: (weeks, points found in four cases of five), as told before."""

    name: str
    title: str
    hypothesis: str
    measure: str
    design: str
    state: str
    weeks: int
    first_week: str | None
    power: Sequence[tuple[int, float]]
    teams: Sequence[tuple[str, str | None]]
    readings: Sequence[Reading]

    @property
    def last(self) -> Reading | None:
        """The newest reading with a number, or the newest one."""
        told = [reading for reading in self.readings if reading.effect is not None]
        return next(iter(reversed(told or self.readings)), None)


def experiment_of(session: Session, org_id: UUID, name: str) -> Experiment:
    """The experiment of this name. NotFound if there is none."""
    return _made(session, experiment(session, org_id, name))


def all_experiments(session: Session, org_id: UUID) -> list[Experiment]:
    """All of them, the newest first."""
    return [_made(session, row) for row in experiments(session, org_id)]


def _made(session: Session, row: ExperimentRow) -> Experiment:
    by_lot = row.design == LAPTOPS
    return Experiment(
        name=row.name,
        title=row.title,
        hypothesis=row.hypothesis,
        measure=row.measure,
        design=row.design,
        state=row.state,
        weeks=row.weeks,
        first_week=row.first_week,
        power=[(weeks, one(points)) for weeks, points in row.power],
        teams=[(team.team, team.start_week) for team in teams_of(session, row.org_id, row.name)],
        readings=[reading_of(found, by_lot) for found in readings_of(session, row.org_id, row.name)],
    )


def reading_of(row: ExperimentReadingRow, by_lot: bool) -> Reading:
    """A reading as it is shown."""
    size = size_class if by_lot else str
    return Reading(
        week=row.week,
        says=row.says,
        effect=_one(row.effect),
        low=_one(row.low),
        high=_one(row.high),
        treated=size(row.treated) if row.treated is not None else "",
        others=size(row.others) if row.others is not None else "",
    )


def minutes_of(measure: str, reading: Reading) -> Minutes | None:
    """The same as minutes lost, where lost time was measured."""
    if measure != LOST or reading.effect is None:
        return None
    return Minutes(_minutes(reading.effect) or 0.0, _minutes(reading.high), _minutes(reading.low))


def _minutes(points: float | None) -> float | None:
    return None if points is None else one(-MINUTES_PER_POINT * points)


def _one(value: float | None) -> float | None:
    return None if value is None else one(value)
