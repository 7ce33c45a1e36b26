"""Write people: new and changed rows, and ranges of days that never overwrite what was true before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Base
from server.people.csv_import import PeopleFile, PersonLine
from server.people.fields import names_of
from server.people.file_directory import partner_pairs
from server.people.models import (
    AbsenceRow,
    AssignmentRow,
    InventoryRow,
    MoveRow,
    Organisation,
    PartnerRow,
    PersonRow,
)

_DAY = timedelta(days=1)
_PLACE = ("unit", "team", "branch")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in counts of people; `elsewhere` are known people whom the file does not name."""

    new: int
    changed: int
    unchanged: int
    placed: int
    elsewhere: int


def person_id_of(org_id: UUID, employee_id: str) -> UUID:
    """The id of a person is a function of the directory's name for them, so a repeat makes no second one."""
    return uuid5(org_id, f"person:{employee_id}")


def save_people(session: Session, org_id: UUID, file: PeopleFile, today: date) -> Imported:
    """Bring the good lines of a file into the directory; columns the file lacks stay as they are.

    A changed unit, team or branch begins on `assignment_from` (else on the hire day of a new person, else
    today) and ends the one before; the same day again corrects it.
    """
    lock_directory(session, org_id)
    return _save(session, org_id, file, today, None)


def save_few_people(session: Session, org_id: UUID, file: PeopleFile, today: date) -> Imported:
    """The same where only the rows of these people are read; so nobody is counted as `elsewhere`."""
    lock_directory(session, org_id)
    return _save(session, org_id, file, today, [person_id_of(org_id, one.employee_id) for one in file.people])


def _save(
    session: Session, org_id: UUID, file: PeopleFile, today: date, ids: Sequence[UUID] | None
) -> Imported:
    known = _rows_by_person(session, org_id, PersonRow, ids)
    placed = _rows_by_person(session, org_id, AssignmentRow, ids)
    new, changed, moved = 0, 0, 0
    for_people, for_assignments = _Changes(PersonRow), _Changes(AssignmentRow)
    for line in file.people:
        person_id = person_id_of(org_id, line.employee_id)
        key = {"org_id": org_id, "person_id": person_id}
        before = known[person_id][0] if person_id in known else None
        after = key | _merged(before, line)
        if before is None:
            for_people.new.append(after)
            new += 1
        elif after != before:
            for_people.changed.append(after)
        places = placed.get(person_id, [])
        day = line.day("assignment_from") or _first_day(after, places, today)
        begun = _placed_anew(key, line, day, places, for_assignments)
        moved += begun and before is not None
        changed += before is not None and (begun or after != before)
    for_people.write(session, org_id)
    for_assignments.write(session, org_id)
    _save_moves(session, org_id, file.people, ids)
    _save_absences(session, org_id, file.people, ids)
    for kind in ("unit", "team"):
        _save_partners(session, org_id, kind, file)
    unchanged = len(file.people) - new - changed
    return Imported(new, changed, unchanged, moved, len(known) - unchanged - changed)


def save_inventory(session: Session, org_id: UUID, owners: Mapping[str, UUID], today: date) -> int:
    """Note from today on whose laptop each serial number is; returns how many are new or changed hands."""
    open_rows = session.scalars(
        sa.select(InventoryRow).where(InventoryRow.org_id == org_id, InventoryRow.inventory_to.is_(None))
    )
    current = {row.serial: row for row in open_rows}
    changed = 0
    for serial, person_id in sorted(owners.items()):
        row = current.get(serial)
        if row is not None and row.person_id == person_id:
            continue
        changed += 1
        if row is not None and row.inventory_from == today:
            row.person_id = person_id
            continue
        if row is not None:
            row.inventory_to = today - _DAY
        made = InventoryRow(
            org_id=org_id, serial=serial, inventory_from=today, inventory_to=None, person_id=person_id
        )
        session.add(made)
    session.flush()
    return changed


class _Changes:
    """Rows of one table to be inserted and to be updated, each kind by one statement."""

    def __init__(self, table: type[PersonRow | AssignmentRow | AbsenceRow]) -> None:
        self.table = Base.metadata.tables[table.__tablename__]
        self.new: list[Row] = []
        self.changed: list[Row] = []

    def write(self, session: Session, org_id: UUID) -> None:
        if self.new:
            session.execute(sa.insert(self.table), self.new)
        if not self.changed:
            return
        keys = [column.name for column in self.table.primary_key]
        others = [column.name for column in self.table.columns if column.name not in keys]
        statement = (
            sa.update(self.table)
            .where(*(self.table.c[name] == sa.bindparam(f"key_{name}") for name in keys))
            .values({name: sa.bindparam(f"new_{name}") for name in others})
        )
        values = [
            {f"key_{name}": row[name] for name in keys} | {f"new_{name}": row[name] for name in others}
            for row in self.changed
        ]
        session.connection().execute(statement, values)


def lock_directory(session: Session, org_id: UUID) -> None:
    """Two who write people at once would each miss what the other adds. Others may refer to the row."""
    row = sa.select(Organisation.org_id).where(Organisation.org_id == org_id)
    session.execute(row.with_for_update(key_share=True))


def _rows_by_person(
    session: Session,
    org_id: UUID,
    table: type[PersonRow | AssignmentRow | AbsenceRow],
    ids: Sequence[UUID] | None,
) -> dict[UUID, list[Row]]:
    """Rows of these people (None: of everybody), per person in the order of their days."""
    mapped = Base.metadata.tables[table.__tablename__]
    query = sa.select(mapped).where(mapped.c.org_id == org_id).order_by(*mapped.primary_key)
    if ids is not None:
        query = query.where(mapped.c.person_id.in_(ids))
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in session.execute(query).mappings():
        found[row["person_id"]].append(dict(row))
    return found


def _merged(before: Row | None, line: PersonLine) -> Row:
    """The person's own columns: those of the file, else as they were."""
    merged = dict(before) if before is not None else dict.fromkeys(names_of("person"))
    return merged | {name: line.values[name] for name in names_of("person") if name in line.values}


def _first_day(person: Row, places: Sequence[Row], today: date) -> date:
    """Since when a place holds of which the file does not say since when."""
    hire: date | None = person["hire"]
    return hire if hire is not None and not places else today


def _placed_anew(key: Row, line: PersonLine, day: date, places: list[Row], changes: _Changes) -> bool:
    """Begin another assignment on a day, if the file says another place than holds then."""
    if not any(name in line.values for name in _PLACE):
        return False
    begun = [row for row in places if row["assignment_from"] <= day]
    later = [row for row in places if row["assignment_from"] > day]
    before = begun[-1] if begun else None
    holds = before or (later[0] if later else None)
    place = {
        name: line.values[name] if name in line.values else (holds[name] if holds else None)
        for name in _PLACE
    }
    if place == ({name: holds[name] for name in _PLACE} if holds else dict.fromkeys(_PLACE)):
        return False
    if before is not None and before["assignment_from"] == day:
        changes.changed.append(before | place)
        return True
    if before is not None:
        changes.changed.append(before | {"assignment_to": day - _DAY})
    until = later[0]["assignment_from"] - _DAY if later else None
    changes.new.append(key | {"assignment_from": day, "assignment_to": until} | place)
    return True


def _save_moves(
    session: Session, org_id: UUID, people: Iterable[PersonLine], ids: Sequence[UUID] | None
) -> None:
    query = sa.select(MoveRow.person_id, MoveRow.role_change).where(MoveRow.org_id == org_id)
    if ids is not None:
        query = query.where(MoveRow.person_id.in_(ids))
    known = {(person_id, day) for person_id, day in session.execute(query)}
    told = {(person_id_of(org_id, line.employee_id), line.day("role_change")) for line in people}
    rows = [
        {"org_id": org_id, "person_id": person_id, "role_change": day}
        for person_id, day in sorted(told - known, key=str)
        if day is not None
    ]
    if rows:
        session.execute(sa.insert(MoveRow), rows)


def _save_absences(
    session: Session, org_id: UUID, people: Iterable[PersonLine], ids: Sequence[UUID] | None
) -> None:
    """An absence is known by its first day; a file may bring its end later."""
    known = _rows_by_person(session, org_id, AbsenceRow, ids)
    changes = _Changes(AbsenceRow)
    for line in people:
        first = line.day("absence_from")
        if first is None:
            continue
        person_id = person_id_of(org_id, line.employee_id)
        row = {
            "org_id": org_id,
            "person_id": person_id,
            "absence_from": first,
            "absence_to": line.day("absence_to"),
        }
        before = next((r for r in known.get(person_id, ()) if r["absence_from"] == first), None)
        if before is None:
            changes.new.append(row)
        elif before != row:
            changes.changed.append(row)
    changes.write(session, org_id)


def _save_partners(session: Session, org_id: UUID, kind: str, file: PeopleFile) -> None:
    """The pairs of every unit (team) that the file names are those of the file."""
    column = f"partner_{kind}"
    if column not in file.columns:
        return
    named = {line.text(kind) for line in file.people} - {None}
    pairs = partner_pairs(file.people, kind)
    mine = (PartnerRow.org_id == org_id, PartnerRow.kind == kind)
    known = {
        (row.name, row.partner)
        for row in session.scalars(sa.select(PartnerRow).where(*mine))
        if row.name in named or row.partner in named
    }
    for name, partner in sorted(known - pairs):
        session.execute(
            sa.delete(PartnerRow).where(*mine, PartnerRow.name == name, PartnerRow.partner == partner)
        )
    session.add_all(
        PartnerRow(org_id=org_id, kind=kind, name=name, partner=partner)
        for name, partner in sorted(pairs - known)
    )
    session.flush()
