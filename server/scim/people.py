"""The person of a user: found, made, moved, ended and brought back, always through `server.people.store`."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from scim2_models import InvalidValueException, NotFoundException
from sqlalchemy.orm import Session

from server.access.closing import close_access, reopen_access
from server.people.changes import PLACE
from server.people.csv_import import PeopleFile, PersonLine, Value
from server.people.models import AssignmentRow, PersonRow
from server.people.sign_in_names import SCIM, note_names
from server.people.store import save_few_people
from server.scim.limits import LONGEST_LINE
from server.scim.models import ScimUserRow
from server.scim.told import Told

_GO_TOGETHER = (("absence_from", "absence_to"), ("stage", "stage_from"))


def person_of_names(
    session: Session, org_id: UUID, names: Iterable[str], addresses: Iterable[str]
) -> PersonRow | None:
    """Somebody whom the store has by one of these names, the surest first, else the only one with one of
    these addresses."""
    for name in names:
        found = session.scalar(
            sa.select(PersonRow).where(PersonRow.org_id == org_id, PersonRow.employee_id == name)
        )
        if found is not None:
            return found
    spellings = {spelling for address in addresses for spelling in (address, address.lower())}
    query = sa.select(PersonRow).where(PersonRow.org_id == org_id, PersonRow.email.in_(sorted(spellings)))
    some = session.scalars(query.limit(2)).all()
    return some[0] if len(some) == 1 else None


def tell(
    session: Session, org_id: UUID, employee_id: str, before: Told, after: Told, ends: Told, today: date
) -> None:
    """Bring what changed between two tellings to the person; `ends` is what the account adds: a last day.

    Fields of which the directory told nothing stay as others told them.
    """
    changed = {name: value for name, value in after.items() if value != before.get(name)} | dict(ends)
    if not changed:
        return
    values: dict[str, Value] = {"employee_id": employee_id, **changed}
    for pair in _GO_TOGETHER:
        if any(name in changed for name in pair):
            values |= {name: after[name] for name in pair}
    if any(name in changed for name in (*PLACE, "assignment_from")):
        values |= _place(session, org_id, employee_id, changed, after, today)
    else:
        values.pop("assignment_from", None)
    for kind in ("unit", "team"):
        if f"partner_{kind}" in changed:
            values[kind] = after[kind]
    if changed.get("manager"):
        values["manager"] = _manager(session, org_id, employee_id, str(changed["manager"]))
    file = PeopleFile(frozenset(values), [PersonLine(0, employee_id, values)])
    save_few_people(session, org_id, file, today)


def _place(
    session: Session, org_id: UUID, employee_id: str, changed: Told, after: Told, today: date
) -> Mapping[str, Value]:
    """Unit, team and branch as they are told now, and since when. Without a first day a place begins today,
    or corrects one that is still to come."""
    names = {name: after[name] for name in PLACE if name in changed or after[name] is not None}
    since = after["assignment_from"]
    if since is None:
        row, person = AssignmentRow, PersonRow
        query = (
            sa.select(sa.func.max(row.assignment_from))
            .join(person, (person.org_id == row.org_id) & (person.person_id == row.person_id))
            .where(row.org_id == org_id, person.org_id == org_id, person.employee_id == employee_id)
        )
        newest = session.scalar(query)
        since = newest if newest is not None and newest > today else None
    return names | {"assignment_from": since}


def _manager(session: Session, org_id: UUID, employee_id: str, told: str) -> str:
    """The manager's `employee_id`, by whatever name the directory tells; as told if nobody has it yet.

    Raises InvalidValueException where somebody would be a manager of their own.
    """
    found = _named(session, org_id, told)
    above: str | None = found.employee_id if found is not None else told
    manager = str(above)
    passed: set[str] = set()
    while len(passed) <= LONGEST_LINE:
        if above is None or above in passed:  # a circle that others are in is not made by this one
            return manager
        passed.add(above)
        if above == employee_id:
            raise InvalidValueException(detail="Nobody manages themselves, nor their own manager.")
        above = session.scalar(
            sa.select(PersonRow.manager).where(PersonRow.org_id == org_id, PersonRow.employee_id == above)
        )
    raise InvalidValueException(detail=f"More than {LONGEST_LINE} managers stand above each other.")


def _named(session: Session, org_id: UUID, told: str) -> PersonRow | None:
    """The person whom a directory calls so: by our id, its own, the name of the account or the address."""
    try:
        found = session.get(PersonRow, (org_id, UUID(told)))
    except ValueError:
        found = None
    if found is not None:
        return found
    known_as = sa.or_(ScimUserRow.external_id == told, ScimUserRow.user_name == told.lower())
    ids = session.scalars(
        sa.select(ScimUserRow.person_id).where(ScimUserRow.org_id == org_id, known_as).limit(2)
    ).all()
    if len(ids) == 1:
        return session.get(PersonRow, (org_id, ids[0]))
    return person_of_names(session, org_id, [told], [told] if "@" in told else [])


def is_now_known(session: Session, org_id: UUID, employee_id: str, names: Iterable[str]) -> None:
    """Whoever named this person as manager before they were here names them from now on by `employee_id`."""
    others = sorted({name for name in names if name and name != employee_id})
    mine = (PersonRow.org_id == org_id, PersonRow.manager.in_(others), PersonRow.employee_id != employee_id)
    session.execute(
        sa.update(PersonRow)
        .where(*mine)
        .values(manager=employee_id)
        .execution_options(synchronize_session=False)
    )


def employee_id_of(session: Session, org_id: UUID, person_id: UUID) -> str:
    """Raises NotFoundException for somebody whom the store has no more."""
    query = sa.select(PersonRow.employee_id).where(
        PersonRow.org_id == org_id, PersonRow.person_id == person_id
    )
    found = session.scalar(query)
    if found is None:
        raise NotFoundException(detail="The person of this User is not in the directory any more")
    return found


def last_day_of(session: Session, org_id: UUID, person_id: UUID) -> date | None:
    query = sa.select(PersonRow.last_day).where(PersonRow.org_id == org_id, PersonRow.person_id == person_id)
    return session.scalar(query)


def may_sign_in(session: Session, org_id: UUID, person_id: UUID, active: bool, today: date) -> None:
    """Open or close the person's access here, as the account is."""
    if active:
        reopen_access(session, org_id, person_id)
    else:
        close_access(session, org_id, person_id, today)


def signs_in_as(session: Session, org_id: UUID, person_id: UUID, user_name: str | None) -> None:
    """Under this name the person signs in to laptops; None: under none that this directory knows."""
    note_names(session, org_id, SCIM, {person_id: [user_name] if user_name else []})
