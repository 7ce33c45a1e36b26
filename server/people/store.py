"""Write people: new and changed rows, and ranges of days that never overwrite what was true before.

What a line changes is decided in `server.people.changes`; here rows are read and written, some at a time.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.people.changes import Changed, Telling, changed_by
from server.people.csv_import import PeopleFile, PersonLine
from server.people.file_directory import partner_pairs
from server.people.models import InventoryRow, Organisation, PartnerRow, PersonRow
from server.people.precedence import SCIM
from server.people.rows import Writing, known_people
from server.people.sign_in_names import note_names
from server.people.sources import precedence_of, register

LINES_AT_ONCE = 1000
"""Rows of so many people are in memory at a time."""
_DAY = timedelta(days=1)
SIGN_IN_NAME = "sign_in_name"

Seen = Callable[[PersonLine, Changed], None]
"""Is told of each line and what it changes, before that is written."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in counts of people.

    `placed` have another place from a day on, `corrected` one whose past was told anew; `elsewhere` are known
    people whom the file does not name, `disagreed` those of whom another source says otherwise.
    """

    new: int
    changed: int
    unchanged: int
    placed: int
    elsewhere: int
    corrected: int = 0
    left: int = 0
    rehired: int = 0
    disagreed: int = 0


def person_id_of(org_id: UUID, employee_id: str) -> UUID:
    """The id of a person is a function of the directory's name for them, so a repeat makes no second one."""
    return uuid5(org_id, f"person:{employee_id}")


def save_people(
    session: Session,
    org_id: UUID,
    file: PeopleFile,
    today: date,
    telling: Telling | None = None,
    seen: Seen | None = None,
) -> Imported:
    """Bring the good lines of a file into the directory; columns the file lacks stay as they are.

    A changed unit, team or branch begins on `assignment_from` (else on the hire day of a new person, else
    today) and ends the one before; the same day again corrects it.
    """
    lock_directory(session, org_id)
    people = sa.select(sa.func.count()).select_from(PersonRow).where(PersonRow.org_id == org_id)
    before = session.scalar(people) or 0
    return _save(session, org_id, file, today, telling or Telling(), seen, before)


def save_few_people(
    session: Session, org_id: UUID, file: PeopleFile, today: date, telling: Telling | None = None
) -> Imported:
    """The same where nobody is counted as `elsewhere`, so that its cost does not grow with the company."""
    lock_directory(session, org_id)
    return _save(session, org_id, file, today, telling or Telling(SCIM), None, None)


def compare_people(
    session: Session, org_id: UUID, file: PeopleFile, today: date, telling: Telling, seen: Seen
) -> Imported:
    """What `save_people` would do now, without writing anything."""
    people = sa.select(sa.func.count()).select_from(PersonRow).where(PersonRow.org_id == org_id)
    before = session.scalar(people) or 0
    return _save(session, org_id, file, today, telling, seen, before, dry=True)


def _save(
    session: Session,
    org_id: UUID,
    file: PeopleFile,
    today: date,
    telling: Telling,
    seen: Seen | None,
    before: int | None,
    dry: bool = False,
) -> Imported:
    precedence = precedence_of(session, org_id)
    counts: Counter[str] = Counter()
    for start in range(0, len(file.people), LINES_AT_ONCE):
        lines = file.people[start : start + LINES_AT_ONCE]
        ids = {line.employee_id: person_id_of(org_id, line.employee_id) for line in lines}
        known = known_people(session, org_id, list(ids.values()), file.columns)
        writing = Writing(org_id, telling.source, today)
        for line in lines:
            person_id = ids[line.employee_id]
            changed = changed_by(line, known[person_id], today, telling, precedence)
            _count(changed, counts)
            if seen is not None:
                seen(line, changed)
            writing.add(person_id, line.employee_id, known[person_id], changed)
        if not dry:
            writing.write(session)
            _note_sign_in_names(session, org_id, file, lines, telling.source)
    if not dry:
        register(session, org_id, telling.source)
        for kind in ("unit", "team"):
            _save_partners(session, org_id, kind, file)
    known_lines = len(file.people) - counts["new"]
    return Imported(
        new=counts["new"],
        changed=counts["changed"],
        unchanged=known_lines - counts["changed"],
        placed=counts["moved"],
        elsewhere=0 if before is None else before - known_lines,
        corrected=counts["corrected"],
        left=counts["left"],
        rehired=counts["rehired"],
        disagreed=counts["disagreed"],
    )


def _note_sign_in_names(
    session: Session, org_id: UUID, file: PeopleFile, lines: Sequence[PersonLine], source: str
) -> None:
    if SIGN_IN_NAME in file.columns:
        names = {person_id_of(org_id, line.employee_id): [line.text(SIGN_IN_NAME) or ""] for line in lines}
        note_names(session, org_id, source, names)


def _count(changed: Changed, counts: Counter[str]) -> None:
    counts["disagreed"] += bool(changed.disagreed)
    if changed.is_new:
        counts["new"] += 1
        return
    counts["changed"] += bool(changed.changes)
    counts.update({change.kind for change in changed.changes} & {"moved", "corrected", "left", "rehired"})


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


def lock_directory(session: Session, org_id: UUID) -> None:
    """Two who write people at once would each miss what the other adds. Others may refer to the row."""
    row = sa.select(Organisation.org_id).where(Organisation.org_id == org_id)
    session.execute(row.with_for_update(key_share=True))


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
