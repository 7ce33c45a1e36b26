"""Rows of people who joined, moved or left, read for the release of a period and for nothing else."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import AccessClosedRow
from server.devices.models import RETIRED, Device, DevicePerson
from server.ingest.models import app_day
from server.lifecycle.models import TaskDoneRow
from server.lifecycle.required import Required, required_of
from server.lifecycle.task_kinds import CLOSE, COLLECT
from server.people.calendar import calendar_of, site_of_each
from server.people.models import InventoryRow
from server.people.queries import directory
from server.people.stages import Person, true_moves
from server.people.working_days import Calendar
from server.privacy.lifecycle_outcomes import (
    DAY_ONE,
    FOLLOWED_DAYS,
    LEFT,
    MOVED,
    PRODUCTIVE,
    Held,
    Outcome,
    Traces,
    Use,
    day_one,
    left,
    moved,
    productive,
)
from server.privacy.lifecycle_release import Passed, Period
from server.privacy.person_weeks import device_days
from server.rights.restricted import restricted_people
from server.scoring.lost_time import lost_day

PEOPLE_AT_ONCE = 500
_DAY = timedelta(days=1)
_NOBODY = Traces()


def passed_in(session: Session, org_id: UUID, period: Period) -> list[Passed]:
    """How it went for everybody who was hired, moved or left in a period, but for restricted people."""
    people = directory(session, org_id).people
    restricted = {str(person) for person in restricted_people(session, org_id)}
    events = [found for found in _events(people, period) if found[0].id not in restricted]
    required, calendar = required_of(session, org_id), calendar_of(session, org_id)
    traces = _traces(session, org_id, period, {person.id: person for person, _, _ in events}, required)
    passed = []
    for person, kind, day in events:
        assigned = person.assigned(day)
        unit, team = (assigned.unit, assigned.team) if assigned else (None, None)
        needed = required.of(team)
        found = replace(traces.get(person.id, _NOBODY), known=person.employed(day).known)
        passed += [
            Passed(figure, unit, outcome)
            for figure, outcome in _outcomes(kind, day, needed, found, calendar)
            if outcome is not None
        ]
    return passed


def _outcomes(
    kind: str, day: date, needed: Collection[str], traces: Traces, calendar: Calendar
) -> Iterator[tuple[str, Outcome | None]]:
    if kind == DAY_ONE:
        yield DAY_ONE, day_one(day, needed, traces, calendar)
        yield PRODUCTIVE, productive(day, traces, calendar)
    elif kind == MOVED:
        yield MOVED, moved(day, needed, traces, calendar)
    else:
        yield LEFT, left(day, traces)


def _events(people: Collection[Person], period: Period) -> Iterator[tuple[Person, str, date]]:
    """Each person with what happened to them in the period, and on which day; of each kind the first alone,
    so that nobody is counted twice among k people."""
    moves = true_moves(list(people), period.first, period.last)
    for person in people:
        first: dict[str, date] = {}
        for hire, last in _spells(person):
            if hire is not None and (last is None or last >= hire) and period.first <= hire <= period.last:
                first.setdefault(DAY_ONE, hire)
            if last is not None and period.first <= last <= period.last:
                first.setdefault(LEFT, last)
        for day in moves.get(person.id, ()):
            if person.is_member(day):
                first.setdefault(MOVED, day)
        yield from ((person, kind, day) for kind, day in first.items())


def _spells(person: Person) -> Iterator[tuple[date | None, date | None]]:
    """First and last day of each employment."""
    if not person.feed:
        yield from ((spell.hire, spell.last_day) for spell in person.earlier)
    yield person.first_member_day(), person.last_member_day()


def _traces(
    session: Session, org_id: UUID, period: Period, people: Mapping[str, Person], required: Required
) -> dict[str, Traces]:
    ids = sorted(UUID(person) for person in people)
    first = period.first - FOLLOWED_DAYS * _DAY
    last = period.last + FOLLOWED_DAYS * _DAY
    laptops, days = _laptops(session, org_id), _days(session, org_id, first, last, ids)
    sites, closed = site_of_each(session, org_id), _closed(session, org_id)
    applications = _applications(session, org_id, first, last, ids, required.every)
    return {
        person: Traces(
            site=sites.get(person),
            laptops=laptops.get(person, ()),
            days=days.get(person, ()),
            applications=applications.get(person, {}),
            access_closed=closed.get(person),
        )
        for person in people
    }


def _days(
    session: Session, org_id: UUID, first: date, last: date, people: Collection[UUID]
) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = defaultdict(list)
    if people:
        for person, day, fields in device_days(session, org_id, first, last, people):
            lost, hours = lost_day(fields), fields.get("usage_hours")
            if lost is not None and hours:
                found[str(person)].append(Use(day, hours, 1 - lost.minutes / (60 * hours)))
    return found


def _laptops(session: Session, org_id: UUID) -> dict[str, list[Held]]:
    """Everybody's laptops: those that are enrolled, and those that only the asset list knows."""
    collected = sa.select(TaskDoneRow.person_id, TaskDoneRow.about).where(
        TaskDoneRow.org_id == org_id, TaskDoneRow.kind == COLLECT
    )
    back = {(row.person_id, row.about) for row in session.execute(collected)}
    held: dict[str, list[Held]] = defaultdict(list)
    whose = DevicePerson
    query = (
        sa.select(
            *(whose.person_id, whose.device_id, whose.since, whose.until),
            *(Device.enrolled_on, Device.state),
        )
        .join(Device, (Device.org_id == whose.org_id) & (Device.device_id == whose.device_id))
        .where(whose.org_id == org_id, Device.org_id == org_id)
    )
    for row in session.execute(query):
        is_back = row.state == RETIRED or (row.person_id, str(row.device_id)) in back
        held[str(row.person_id)].append(Held(row.since, row.until, row.enrolled_on, is_back))
    listed = InventoryRow
    for line in session.scalars(sa.select(listed).where(listed.org_id == org_id)):
        held[str(line.person_id)].append(Held(line.inventory_from, line.inventory_to, None))
    return held


def _closed(session: Session, org_id: UUID) -> dict[str, date]:
    """When a directory closed somebody's access, or IT said that it is closed."""
    done = sa.select(TaskDoneRow.person_id, TaskDoneRow.day).where(
        TaskDoneRow.org_id == org_id, TaskDoneRow.kind == CLOSE
    )
    told = sa.select(AccessClosedRow.person_id, AccessClosedRow.since).where(AccessClosedRow.org_id == org_id)
    closed: dict[str, date] = {}
    for person, day in (*session.execute(done), *session.execute(told)):
        closed[str(person)] = min(day, closed.get(str(person), day))
    return closed


def _applications(
    session: Session, org_id: UUID, first: date, last: date, people: Collection[UUID], apps: Collection[str]
) -> dict[str, dict[str, date]]:
    """On which day each of these applications was first in front of each of these people."""
    found: dict[str, dict[str, date]] = defaultdict(dict)
    whose, ordered = DevicePerson, sorted(people)
    for start in range(0, len(ordered) if apps else 0, PEOPLE_AT_ONCE):
        query = (
            sa.select(whose.person_id, app_day.c.app, sa.func.min(app_day.c.day).label("day"))
            .join_from(
                whose,
                app_day,
                (app_day.c.org_id == whose.org_id) & (app_day.c.device_id == whose.device_id),
            )
            .where(whose.org_id == org_id, app_day.c.org_id == org_id)
            .where(whose.person_id.in_(ordered[start : start + PEOPLE_AT_ONCE]))
            .where(app_day.c.app.in_(sorted(apps)), app_day.c.day >= first, app_day.c.day <= last)
            .where(app_day.c.day >= whose.since)
            .where(sa.or_(whose.until.is_(None), app_day.c.day <= whose.until))
            .group_by(whose.person_id, app_day.c.app)
        )
        for row in session.execute(query):
            found[str(row.person_id)][row.app] = row.day
    return found
