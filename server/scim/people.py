"""The person of a user: found, made, moved, ended and brought back, always through `server.people.store`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from scim2_models import InvalidValueException, NotFoundException

from server.access.closing import close_access, reopen_access
from server.people.changes import PLACE
from server.people.csv_import import PeopleFile, PersonLine, Value
from server.people.models import AssignmentRow, PersonRow
from server.people.sign_in_names import SCIM, note_names
from server.people.store import save_few_people
from server.scim.limits import LONGEST_LINE
from server.scim.models import ScimUserRow
from server.scim.shelves import Desk
from server.scim.told import Told

_GO_TOGETHER = (("absence_from", "absence_to"), ("stage", "stage_from"))


@dataclass(frozen=True, slots=True)
class Whose:
    """The person behind an account; somebody new has no last day."""

    employee_id: str
    person_id: UUID
    last_day: date | None = None


def person_of_names(desk: Desk, names: Iterable[str], addresses: Iterable[str]) -> PersonRow | None:
    """Somebody whom the store has by one of these names, the surest first, else the only one with one of
    these addresses."""
    for name in names:
        found = desk.session.scalar(
            sa.select(PersonRow).where(PersonRow.org_id == desk.org_id, PersonRow.employee_id == name)
        )
        if found is not None:
            return found
    spellings = {spelling for address in addresses for spelling in (address, address.lower())}
    query = sa.select(PersonRow).where(
        PersonRow.org_id == desk.org_id, PersonRow.email.in_(sorted(spellings))
    )
    some = desk.session.scalars(query.limit(2)).all()
    return some[0] if len(some) == 1 else None


def tell(desk: Desk, employee_id: str, before: Told, after: Told, ends: Told) -> None:
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
        values |= _place(desk, employee_id, changed, after)
    else:
        values.pop("assignment_from", None)
    for kind in ("unit", "team"):
        if f"partner_{kind}" in changed:
            values[kind] = after[kind]
    if changed.get("manager"):
        values["manager"] = _manager(desk, employee_id, str(changed["manager"]))
    file = PeopleFile(frozenset(values), [PersonLine(0, employee_id, values)])
    save_few_people(desk.session, desk.org_id, file, desk.today)


def _place(desk: Desk, employee_id: str, changed: Told, after: Told) -> Mapping[str, Value]:
    """Unit, team and branch as they are told now, and since when.

    Without a new first day a place begins today, or corrects one that is still to come; the first day of the
    place before is nothing that is told.
    """
    names = {name: after[name] for name in PLACE if name in changed or after[name] is not None}
    since = changed.get("assignment_from")
    if since is None:
        row, person = AssignmentRow, PersonRow
        query = (
            sa.select(sa.func.max(row.assignment_from))
            .join(person, (person.org_id == row.org_id) & (person.person_id == row.person_id))
            .where(row.org_id == desk.org_id, person.org_id == desk.org_id, person.employee_id == employee_id)
        )
        newest = desk.session.scalar(query)
        since = newest if newest is not None and newest > desk.today else None
    return names | {"assignment_from": since}


def _manager(desk: Desk, employee_id: str, told: str) -> str:
    """The manager's `employee_id`, by whatever name the directory tells; as told if nobody has it yet.

    Raises InvalidValueException where somebody would be a manager of their own.
    """
    found = _named(desk, told)
    above: str | None = found.employee_id if found is not None else told
    manager = str(above)
    passed: set[str] = set()
    while len(passed) <= LONGEST_LINE:
        if above is None or above in passed:  # a circle that others are in is not made by this one
            return manager
        passed.add(above)
        if above == employee_id:
            raise InvalidValueException(detail="Nobody manages themselves, nor their own manager.")
        above = desk.session.scalar(
            sa.select(PersonRow.manager).where(
                PersonRow.org_id == desk.org_id, PersonRow.employee_id == above
            )
        )
    raise InvalidValueException(detail=f"More than {LONGEST_LINE} managers stand above each other.")


def _named(desk: Desk, told: str) -> PersonRow | None:
    """The person whom a directory calls so: by our id, its own, the name of the account or the address."""
    try:
        found = desk.session.get(PersonRow, (desk.org_id, UUID(told)))
    except ValueError:
        found = None
    if found is not None:
        return found
    row = ScimUserRow
    for known_as in (row.external_id == told, row.user_name == told.lower()):
        query = sa.select(row.person_id).where(row.org_id == desk.org_id, known_as).limit(2)
        ids = desk.session.scalars(query).all()
        if len(ids) == 1:
            return desk.session.get(PersonRow, (desk.org_id, ids[0]))
    return person_of_names(desk, [told], [told] if "@" in told else [])


def is_now_known(desk: Desk, employee_id: str, names: Iterable[str]) -> None:
    """Whoever named this person as manager before they were here names them from now on by `employee_id`.

    A name that is somebody else's `employee_id` means them.
    """
    of_others = sa.select(PersonRow.employee_id).where(
        PersonRow.org_id == desk.org_id, PersonRow.employee_id.in_(sorted(set(names)))
    )
    others = sorted(set(names) - set(desk.session.scalars(of_others)))
    mine = (
        PersonRow.org_id == desk.org_id,
        PersonRow.manager.in_(others),
        PersonRow.employee_id != employee_id,
    )
    desk.session.execute(
        sa.update(PersonRow)
        .where(*mine)
        .values(manager=employee_id)
        .execution_options(synchronize_session=False)
    )


def person_with_id(desk: Desk, person_id: UUID) -> Whose:
    """Raises NotFoundException for somebody whom the store has no more."""
    query = sa.select(PersonRow.employee_id, PersonRow.person_id, PersonRow.last_day).where(
        PersonRow.org_id == desk.org_id, PersonRow.person_id == person_id
    )
    found = desk.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundException(detail="The person of this User is not in the directory any more")
    return Whose(*found)


def may_sign_in(desk: Desk, person_id: UUID, active: bool) -> None:
    """Open or close the person's access here, as the account is."""
    if active:
        reopen_access(desk.session, desk.org_id, person_id)
    else:
        close_access(desk.session, desk.org_id, person_id, desk.today)


def forget_sign_in_name(desk: Desk, person_id: UUID) -> None:
    """The name of the account is nobody's at laptops any more."""
    note_names(desk.session, desk.org_id, SCIM, {person_id: []})
