"""Drawing by lot who gets a change, and reading what it did: rows of persons, in sums of two arms alone.

A person is drawn with all their laptops, because a week belongs to a person. Who was drawn is written once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from statistics import correlation, stdev
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import ACTIVE, Device, DevicePerson
from server.experiments.measuring import measure_of, newest_alike
from server.experiments.mixing import LEAST_IN_ARM, may_be_published
from server.experiments.models import ExperimentPersonRow, ExperimentRow
from server.experiments.points import Measure, WeekOfPerson, has, unit_of_person
from server.experiments.schedule import RUNNING, weeks_from
from server.people.models import Organisation
from server.people.queries import directory
from server.people.stages import members_of_week
from server.people.weeks import WEEKS_IN_WINDOW, week_before, window_of
from server.privacy.models import PersonWeekRow
from server.privacy.plan import Place
from server.privacy.release_store import released_weeks
from server.rights.restricted import restricted_people
from server.scoring.cuped import Unit, by_lot, cuped, remaining_sd
from server.scoring.parameters import LEAST_WEEKS
from server.scoring.power import detectable

LOOKS_AHEAD = (1, 2, 4, 8)
"""After so many weeks it is told, before the start, what would be found."""
ROWS_AT_ONCE = 2000
"""Person-weeks in memory."""


@dataclass(frozen=True)
class Look:
    """Difference of the arms in points with its variance, and people in each."""

    effect: float
    variance: float
    treated: int
    others: int


def candidates(session: Session, org_id: UUID) -> list[str]:
    """Who could be drawn now: a laptop, two active weeks of the newest four, and in no other lot."""
    weeks = released_weeks(session, org_id)[-WEEKS_IN_WINDOW:]
    active: dict[str, int] = defaultdict(int)
    query = sa.select(PersonWeekRow.person_id).where(
        PersonWeekRow.org_id == org_id, PersonWeekRow.week.in_(weeks), PersonWeekRow.active
    )
    for person_id in session.scalars(query):
        active[str(person_id)] += 1
    taken = _in_other_lots(session, org_id) | {str(one) for one in restricted_people(session, org_id)}
    enough = {person for person, n in active.items() if n >= LEAST_WEEKS and person not in taken}
    return sorted(enough & {person for person, _device in _holders(session, org_id)})


def _in_other_lots(session: Session, org_id: UUID) -> set[str]:
    query = (
        sa.select(ExperimentPersonRow.person_id)
        .join(
            ExperimentRow,
            (ExperimentRow.org_id == ExperimentPersonRow.org_id)
            & (ExperimentRow.name == ExperimentPersonRow.name),
        )
        .where(ExperimentPersonRow.org_id == org_id, ExperimentRow.org_id == org_id)
        .where(ExperimentRow.state == RUNNING)
    )
    return {str(person_id) for person_id in session.scalars(query)}


def _holders(session: Session, org_id: UUID) -> Iterator[tuple[str, UUID]]:
    query = (
        sa.select(DevicePerson.person_id, DevicePerson.device_id)
        .join(
            Device,
            (Device.org_id == DevicePerson.org_id) & (Device.device_id == DevicePerson.device_id),
        )
        .where(DevicePerson.org_id == org_id, Device.org_id == org_id, Device.state == ACTIVE)
        .where(DevicePerson.until.is_(None))
        .order_by(DevicePerson.device_id)
    )
    for person_id, device_id in session.execute(query):
        yield str(person_id), device_id


def draw(session: Session, organisation: Organisation, name: str, week: str, salt: str) -> bool:
    """Draw half of the candidates; False, and nothing is written, if the arms would be too small or too alike
    to groups that are published."""
    people = candidates(session, organisation.org_id)
    treated = by_lot(people, salt)
    places = _places(session, organisation.org_id, week)
    drawn = [(places.get(person, Place(None, None, None)), person in treated) for person in people]
    if not may_be_published(drawn, organisation.k):
        return False
    rows = [
        {
            "org_id": organisation.org_id,
            "name": name,
            "person_id": UUID(person),
            "week": week,
            "treated": person in treated,
        }
        for person in people
    ]
    session.execute(sa.insert(ExperimentPersonRow), rows)
    return True


def treated_laptops(session: Session, org_id: UUID, name: str) -> list[UUID]:
    """The laptops that are to get the change: those of the people who were drawn for it."""
    drawn = drawn_people(session, org_id, name)
    return [device for person, device in _holders(session, org_id) if person in drawn]


def drawn_people(session: Session, org_id: UUID, name: str) -> set[str]:
    """Who gets the change."""
    return {person for person, treated in _arms(session, org_id, name).items() if treated}


def _arms(session: Session, org_id: UUID, name: str) -> dict[str, bool]:
    row = ExperimentPersonRow
    query = sa.select(row.person_id, row.treated).where(row.org_id == org_id, row.name == name)
    return {str(person_id): treated for person_id, treated in session.execute(query)}


def look(session: Session, organisation: Organisation, experiment: ExperimentRow, week: str) -> Look | None:
    """What the arms differ by in the weeks from the first one to this; None if that may not be said.

    Who counts has something of the measure in this very week: it is their places that keep the difference
    apart from every other sum (server/experiments/mixing.py).
    """
    assert experiment.first_week is not None
    org_id, first = organisation.org_id, experiment.first_week
    before = window_of(week_before(first))
    since = weeks_from(first, week)
    arms = _arms(session, org_id, experiment.name)
    measure = measure_of(session, org_id, experiment.measure, before[-1])
    places = _places(session, org_id, week)
    sides: dict[bool, list[Unit]] = {True: [], False: []}
    counted = []
    for person, weeks in _weeks_by_person(session, org_id, [*before, *since], arms):
        unit = _unit(weeks, before, since, measure)
        if unit is not None and week in weeks and has(weeks[week], measure.name):
            sides[arms[person]].append(unit)
            counted.append((places.get(person, Place(None, None, None)), arms[person]))
    if not may_be_published(counted, organisation.k):
        return None
    effect = cuped(sides[True], sides[False])
    return Look(effect.effect, effect.variance, len(sides[True]), len(sides[False]))


def power_of_lot(session: Session, org_id: UUID, name: str, weeks: int) -> list[tuple[int, float]]:
    """(weeks, points that are found with 80 %), from how weeks of the past predicted those after them.

    As far as weeks were released under one model, and up to the length of the experiment. Nothing is said of
    fewer people than two arms need: how far they are apart is a figure about them, as a difference is.
    """
    released = newest_alike(session, org_id, released_weeks(session, org_id))
    horizons = sorted({after for after in (*LOOKS_AHEAD, weeks) if after <= weeks})
    horizons = [after for after in horizons if len(released) >= after + WEEKS_IN_WINDOW]
    if not horizons:
        return []
    measure = measure_of(session, org_id, name, released[-1])
    units: dict[int, list[Unit]] = {after: [] for after in horizons}
    longest = released[-(max(horizons) + WEEKS_IN_WINDOW) :]
    for _person, found in _weeks_by_person(session, org_id, longest, candidates(session, org_id)):
        for after in horizons:
            before, since = released[-after - WEEKS_IN_WINDOW : -after], released[-after:]
            if (unit := _unit(found, before, since, measure)) is not None:
                units[after].append(unit)
    told = []
    for after, made in units.items():
        half = len(made) // 2
        if half >= LEAST_IN_ARM and (spread := _spread(made)) > 0:
            told.append((after, detectable(spread, (half, len(made) - half))))
    return told


def _spread(units: Sequence[Unit]) -> float:
    x, y = (list(side) for side in zip(*units, strict=True))
    sd = stdev(y)
    return remaining_sd(sd, correlation(x, y)) if sd > 0 and stdev(x) > 0 else sd


def _unit(
    weeks: Mapping[str, WeekOfPerson],
    before: Sequence[str],
    since: Sequence[str],
    measure: Measure,
) -> Unit | None:
    x, y = ([weeks[week] for week in part if week in weeks] for part in (before, since))
    return unit_of_person(x, y, measure)


def _places(session: Session, org_id: UUID, week: str) -> dict[str, Place]:
    """Where everybody stands, as finely as the directory says: published groups are made of these places."""
    members = members_of_week(directory(session, org_id).people, week)
    return {member.id: Place(member.unit, member.team, member.stage) for member in members}


def _weeks_by_person(
    session: Session, org_id: UUID, weeks: Sequence[str], people: Collection[str]
) -> Iterator[tuple[str, dict[str, WeekOfPerson]]]:
    """These people with what each of these weeks held, one after the other: all of them would not fit into
    memory."""
    row, wanted = PersonWeekRow, set(people)
    query = (
        sa.select(
            row.person_id, row.week, row.active, row.gauges, row.rates, row.lost_minutes, row.lost_hours
        )
        .where(row.org_id == org_id, row.week.in_(weeks))
        .order_by(row.person_id)
    )
    streamed = session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    for person_id, rows in groupby(streamed, key=attrgetter("person_id")):
        if str(person_id) in wanted:
            yield str(person_id), {found.week: _week(found) for found in rows}


def _week(row: Any) -> WeekOfPerson:
    sums = {signal: (y, e) for signal, (y, e) in row.rates.items()}
    lost = (row.lost_minutes, row.lost_hours) if row.lost_minutes is not None and row.lost_hours else None
    return WeekOfPerson(row.active, row.gauges, sums, lost)
