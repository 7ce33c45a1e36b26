"""One reading a week of every experiment that runs: written once, after the week's release, never again."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from server.db import Store
from server.experiments.drivers import drivers_due, is_written
from server.experiments.lot import look
from server.experiments.measuring import one_model
from server.experiments.models import (
    REMODELLED,
    WITHHELD,
    DriverRow,
    ExperimentReadingRow,
    ExperimentRow,
)
from server.experiments.queries import experiments, readings_of, teams_of
from server.experiments.rollout import look_at_teams
from server.experiments.schedule import ENDED, LAPTOPS, RUNNING, last_week, weeks_from
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.people.weeks import WEEKS_IN_WINDOW, week_before
from server.privacy.release_store import released_weeks
from server.scoring.always_valid import BETTER, NOTHING_WORTH, OPEN, TOO_FEW, WORSE, read
from server.scoring.parameters import ALPHA, WORTH_FINDING


def read_experiments(store: Store, now: datetime) -> str:
    """The periodic job: write what is due of all organisations."""
    done = sum(for_each_organisation(store, lambda found: read_due(store, found.org_id, now)))
    return f"{done} readings written"


@dataclass(frozen=True)
class _Found:
    """New readings of one experiment that runs, and whether it has seen its last week."""

    name: str
    readings: Sequence[ExperimentReadingRow]
    is_over: bool


def read_due(store: Store, org_id: UUID, now: datetime) -> int:
    """Read every running experiment in every released week in which it was not read; how many readings.

    All is read and worked out while nothing is locked, so that laptops can deliver meanwhile.
    """
    with store.reading() as session:
        organisation = session.get_one(Organisation, org_id)
        drivers = drivers_due(session, org_id)
        running = [row for row in experiments(session, org_id) if row.state == RUNNING]
        released = released_weeks(session, org_id) if running else []
        found = [_read_one(session, organisation, row, released) for row in running]
    if not drivers and not any(one.readings or one.is_over for one in found):
        return 0
    with store.transaction() as session:
        _write_drivers(session, org_id, drivers)
        return sum(_write(session, org_id, one, local_day(organisation, now)) for one in found)


def _read_one(
    session: Session, organisation: Organisation, row: ExperimentRow, released: list[str]
) -> _Found:
    known = readings_of(session, row.org_id, row.name)
    made: list[ExperimentReadingRow] = []
    for week in _due(row, released, {reading.week for reading in known}):
        made.append(_reading(session, organisation, row, week, [*known, *made]))
    assert row.first_week is not None
    return _Found(row.name, made, bool(released) and released[-1] >= last_week(row.first_week, row.weeks))


def _write_drivers(session: Session, org_id: UUID, drivers: Sequence[DriverRow]) -> None:
    if drivers and not is_written(session, org_id, drivers[0].period):
        session.add_all(drivers)


def _write(session: Session, org_id: UUID, found: _Found, today: date) -> int:
    """Nothing of an experiment that was stopped meanwhile, and no week that somebody else wrote."""
    row = session.get(ExperimentRow, (org_id, found.name), with_for_update=True)
    if row is None or row.state != RUNNING:
        return 0
    written = {reading.week for reading in readings_of(session, org_id, found.name)}
    new = [reading for reading in found.readings if reading.week not in written]
    session.add_all(new)
    if found.is_over:
        row.state, row.ended_on = ENDED, today
    session.flush()
    return len(new)


def _due(row: ExperimentRow, released: list[str], done: Collection[str]) -> Iterator[str]:
    assert row.first_week is not None
    for week in weeks_from(row.first_week, last_week(row.first_week, row.weeks)):
        if week in released and week not in done:
            yield week


def _reading(
    session: Session,
    organisation: Organisation,
    row: ExperimentRow,
    week: str,
    earlier: Sequence[ExperimentReadingRow],
) -> ExperimentReadingRow:
    assert row.first_week is not None
    weeks = weeks_from(week_before(row.first_week, WEEKS_IN_WINDOW), week)
    if not one_model(session, row.org_id, weeks):
        return _says(row, week, REMODELLED)
    if row.design == LAPTOPS:
        return _of_lot(session, organisation, row, week, earlier)
    return _of_teams(session, row, week)


def _says(row: ExperimentRow, week: str, says: str) -> ExperimentReadingRow:
    """A reading without a number."""
    return ExperimentReadingRow(org_id=row.org_id, name=row.name, week=week, says=says)


def _of_lot(
    session: Session,
    organisation: Organisation,
    row: ExperimentRow,
    week: str,
    earlier: Sequence[ExperimentReadingRow],
) -> ExperimentReadingRow:
    found = look(session, organisation, row, week)
    if found is None or found.variance <= 0:
        return _says(row, week, WITHHELD)
    before = [p for reading in earlier if (p := reading.p) is not None]
    reading = read(found.effect, found.variance, (found.treated, found.others), min(before, default=1.0))
    made = _says(row, week, reading.says)
    made.treated, made.others = found.treated, found.others
    made.effect, made.low, made.high, made.p = reading.effect, reading.low, reading.high, reading.p
    return made


def _of_teams(session: Session, row: ExperimentRow, week: str) -> ExperimentReadingRow:
    """A verdict is read once, in the last week: who looks every week would find something by chance."""
    assert row.first_week is not None
    is_last = week == last_week(row.first_week, row.weeks)
    teams = teams_of(session, row.org_id, row.name)
    found = look_at_teams(session, row.org_id, row, teams, week, is_last)
    if found is None:
        return _says(row, week, TOO_FEW)
    made = _says(row, week, OPEN)
    made.treated, made.others, made.effect = found.treated, found.others, found.effect
    if found.p is not None:
        made.low, made.high, made.p = found.low, found.high, found.p
        made.says = _verdict(found.effect, found.low, found.high, found.p)
    return made


def _verdict(effect: float, low: float | None, high: float | None, p: float) -> str:
    if low is None or high is None:
        return TOO_FEW
    if p <= ALPHA:
        return BETTER if effect > 0 else WORSE
    return NOTHING_WORTH if max(-low, high) < WORTH_FINDING else OPEN
