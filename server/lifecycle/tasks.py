"""What IT has to do for people who join and leave: laptops and accounts, and nothing of how anybody works.

A task names a person and a laptop, because the work needs both. It ends by itself once the store shows that
it is done; what the store cannot see, IT marks. Each look is in the audit log before anything is shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.audit import record
from server.access.models import AccessClosedRow
from server.db import Store
from server.devices.models import ACTIVE, Device, DevicePerson
from server.devices.queries import devices, unassigned_devices
from server.errors import UsageError
from server.lifecycle.models import TaskDoneRow
from server.lifecycle.task_kinds import ASSIGN, CLOSE, COLLECT, KINDS, PREPARE
from server.people.models import InventoryRow, PersonRow
from server.people.queries import directory
from server.people.stages import Person
from server.rights.restricted import restricted_people

AHEAD_DAYS = 28
"""So long before a hire day there is a laptop to prepare."""
BEFORE_LAST_DAYS = 7
"""So long before a last day that the person knows of there is a laptop to get back."""
BACK_DAYS = 90
"""So long after the day a task stays; then the directory forgets who left."""
TASKS_SEEN = "tasks seen"
TASK_DONE = "task done"
"""Actions in the audit log."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Task:
    """`due` is the hire day or the last day. `about` tells two tasks of one kind for one person apart: the
    laptop's id, or the day. `laptop` is its serial number or name; of ASSIGN there is no person."""

    kind: str
    due: date | None
    person_id: UUID | None
    employee_id: str
    name: str
    laptop: str
    about: str


def look_at_tasks(store: Store, org_id: UUID, who: str, today: date) -> list[Task]:
    """What is to be done, by kind and day; the look itself is durable first."""
    with store.transaction() as session:
        record(session, org_id, today, who, TASKS_SEEN, "all tasks")
    with store.reading() as session:
        return tasks_of(session, org_id, today)


def mark_done(session: Session, org_id: UUID, task: tuple[str, UUID, str], who: str, today: date) -> None:
    """Mark a task, by kind, person and `about`, as done. UsageError if there is none such any more."""
    open_tasks = {(found.kind, found.person_id, found.about) for found in tasks_of(session, org_id, today)}
    kind, person_id, about = task
    if kind == ASSIGN or task not in open_tasks:
        raise UsageError("There is no such task any more.")
    session.add(TaskDoneRow(org_id=org_id, person_id=person_id, kind=kind, about=about, day=today))
    session.flush()
    record(session, org_id, today, who, TASK_DONE, f"{kind} person {person_id}")


def tasks_of(session: Session, org_id: UUID, today: date) -> list[Task]:
    restricted = {str(person) for person in restricted_people(session, org_id)}
    people = [person for person in directory(session, org_id).people if person.id not in restricted]
    desk = _Desk(session, org_id, today)
    found = [task for person in people for task in _of_person(person, desk, today)]
    found = [task for task in found if (task.kind, task.person_id, task.about) not in desk.done]
    found += (
        Task(ASSIGN, None, None, "", "", desk.laptops[device], str(device))
        for device in unassigned_devices(session, org_id, today)
    )
    return sorted(found, key=lambda t: (KINDS.index(t.kind), t.due or date.min, t.employee_id, t.laptop))


class _Desk:
    """What the store knows of laptops, names and accounts."""

    def __init__(self, session: Session, org_id: UUID, today: date) -> None:
        whose, done, listed = DevicePerson, TaskDoneRow, InventoryRow
        held = (
            sa.select(whose.person_id, whose.device_id)
            .join(Device, (Device.org_id == whose.org_id) & (Device.device_id == whose.device_id))
            .where(whose.org_id == org_id, Device.org_id == org_id, Device.state == ACTIVE)
            .where(sa.or_(whose.until.is_(None), whose.until > today))
        )
        self.held: Mapping[str, list[UUID]] = _grouped(session.execute(held))
        waiting = (
            sa.select(listed.person_id, listed.serial)
            .where(listed.org_id == org_id)
            .where(sa.or_(listed.inventory_to.is_(None), listed.inventory_to >= today))
        )
        self.listed: Mapping[str, list[str]] = _grouped(session.execute(waiting))
        self.laptops = {
            row["device_id"]: row["serial"] or row["hostname"] or str(row["device_id"])[:8]
            for row in devices(session, org_id)
        }
        names = sa.select(PersonRow.person_id, PersonRow.employee_id, PersonRow.name)
        self.names = {
            str(row.person_id): (row.employee_id, row.name or row.employee_id)
            for row in session.execute(names.where(PersonRow.org_id == org_id))
        }
        closed = sa.select(AccessClosedRow.person_id).where(AccessClosedRow.org_id == org_id)
        self.closed = {str(person) for person in session.scalars(closed)}
        marked = sa.select(done.kind, done.person_id, done.about).where(done.org_id == org_id)
        self.done = set(session.execute(marked))

    def task(self, kind: str, due: date, person: Person, laptop: str, about: str) -> Task:
        return Task(kind, due, UUID(person.id), *self.names[person.id], laptop, about)


def _of_person(person: Person, desk: _Desk, today: date) -> Iterator[Task]:
    hire, last = person.first_member_day(), person.last_member_day()
    held = desk.held.get(person.id, ())
    joins = hire is not None and -BACK_DAYS <= (hire - today).days <= AHEAD_DAYS
    if hire is not None and joins and not held and (last is None or last >= today):
        listed = ", ".join(sorted(desk.listed.get(person.id, ())))
        yield desk.task(PREPARE, hire, person, listed, str(hire))
    if last is None or (today - last).days > BACK_DAYS:
        return
    gone = last < today
    # Before that day only those who know that they leave: IT must not hear of it before them.
    known = person.known is not None and person.known <= today
    if gone or (known and (last - today).days <= BEFORE_LAST_DAYS):
        for device in held:
            yield desk.task(COLLECT, last, person, desk.laptops[device], str(device))
    if gone and person.id not in desk.closed:
        yield desk.task(CLOSE, last, person, "", str(last))


def _grouped(pairs: Iterable[tuple[UUID, Value]]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = defaultdict(list)
    for person, value in pairs:
        found[str(person)].append(value)
    return found
