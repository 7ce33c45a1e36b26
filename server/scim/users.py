"""Users: what a directory told is kept as it came, and reaches the person whose account it is."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from scim2_models import Resource, UniquenessException

from server.people.csv_import import Value
from server.people.store import person_id_of
from server.scim.groups import groups_by_person, leave_all
from server.scim.models import ScimUserRow
from server.scim.people import (
    Whose,
    forget_sign_in_name,
    is_now_known,
    may_sign_in,
    person_of_names,
    person_with_id,
    tell,
)
from server.scim.schemas import MODELS, USER
from server.scim.shelves import Columns, Desk, Shelf, compared, document_of, new_version
from server.scim.told import (
    Told,
    addresses_for_matching,
    as_employee_id,
    is_active,
    lasting_names,
    told_by,
)

_NOTHING: Told = {}


class Users(Shelf[ScimUserRow]):
    """Each is one person of the directory, with the same id."""

    kind = USER
    table = ScimUserRow
    searched: ClassVar[Columns] = {
        "username": ScimUserRow.user_name,
        "externalid": ScimUserRow.external_id,
        "id": ScimUserRow.person_id,
    }

    def resources(self, desk: Desk, rows: Sequence[ScimUserRow], whole: bool = True) -> list[Resource[Any]]:
        ids = [row.person_id for row in rows]
        groups = groups_by_person(desk.session, desk.org_id, ids) if whole else {}
        return [
            self.resource(row, row.person_id, {"groups": _groups(groups.get(row.person_id, ()))})
            for row in rows
        ]

    def create(self, desk: Desk, resource: Resource[Any]) -> ScimUserRow:
        told = told_by(resource, desk.zone)
        user_name = _user_name(resource)
        external_id: str | None = resource.external_id
        _check_free(desk, None, user_name, external_id)
        whose = self._whose(desk, resource, told)
        active = is_active(resource)
        ends, ended_on = _ends(desk, whose.last_day, _NOTHING, told, None, active)
        tell(desk, whose.employee_id, _NOTHING, told, ends)
        row = ScimUserRow(
            org_id=desk.org_id,
            person_id=whose.person_id,
            user_name=user_name,
            external_id=external_id,
            document=document_of(resource),
            version=new_version(),
            created_on=desk.today,
            changed_on=desk.today,
            ended_on=ended_on,
        )
        desk.session.add(row)
        desk.session.flush()
        may_sign_in(desk, whose.person_id, active)
        called = [str(whose.person_id), external_id, resource.user_name]  # type: ignore[attr-defined]
        called += addresses_for_matching(resource, told)
        is_now_known(desk, whose.employee_id, [name for name in called if name])
        return row

    def change(self, desk: Desk, row: ScimUserRow, resource: Resource[Any]) -> None:
        was = self.resource(row, row.person_id, {})
        before, after = told_by(was, desk.zone), told_by(resource, desk.zone)
        user_name = _user_name(resource)
        if (user_name, resource.external_id) != (row.user_name, row.external_id):
            _check_free(desk, row.person_id, user_name, resource.external_id)
        active = is_active(resource)
        whose = person_with_id(desk, row.person_id)
        ends, row.ended_on = _ends(desk, whose.last_day, before, after, row.ended_on, active)
        tell(desk, whose.employee_id, before, after, ends)
        if active != is_active(was):
            may_sign_in(desk, row.person_id, active)
        row.user_name, row.external_id = user_name, resource.external_id
        row.document, row.version, row.changed_on = document_of(resource), new_version(), desk.today
        desk.session.flush()

    def remove(self, desk: Desk, row: ScimUserRow) -> None:
        """The account goes, and with it the person leaves; what was true of them until now stays."""
        told = told_by(self.resource(row, row.person_id, {}), desk.zone)
        whose = person_with_id(desk, row.person_id)
        if whose.last_day is None:
            tell(desk, whose.employee_id, told, told, {"last_day": desk.today})
        may_sign_in(desk, row.person_id, False)
        forget_sign_in_name(desk, row.person_id)
        leave_all(desk.session, desk.org_id, row.person_id)
        desk.session.delete(row)
        desk.session.flush()

    def _whose(self, desk: Desk, resource: Resource[Any], told: Told) -> Whose:
        """Whose account a new one is: of somebody the store knows, or of somebody new.

        Raises UniquenessException where that person has an account already.
        """
        lasting, user_name = lasting_names(resource), as_employee_id(resource.user_name)  # type: ignore[attr-defined]
        found = person_of_names(desk, [*lasting, user_name], addresses_for_matching(resource, told))
        name = (lasting or [user_name])[0]
        if found is None:
            return Whose(name, person_id_of(desk.org_id, name))
        if desk.session.get(ScimUserRow, (desk.org_id, found.person_id)) is None:
            return Whose(found.employee_id, found.person_id, found.last_day)
        if found.employee_id in lasting:
            raise UniquenessException(detail=f"This person is the User {found.person_id} already")
        if found.employee_id == name:  # somebody else was called so before
            name = str(uuid4())
        return Whose(name, person_id_of(desk.org_id, name))  # of who shares an address with somebody


def _user_name(resource: Resource[Any]) -> str:
    """In the form in which names are compared. Raises InvalidValueException for none that can be seen."""
    return compared(MODELS[USER], "userName", as_employee_id(resource.user_name))  # type: ignore[attr-defined]


def _check_free(desk: Desk, own: UUID | None, user_name: str, external_id: str | None) -> None:
    """Raises UniquenessException where another user has this name, or is the same in the directory."""
    row = ScimUserRow
    for column, told in ((row.user_name, user_name), (row.external_id, external_id)):
        query = sa.select(row.person_id).where(row.org_id == desk.org_id, column == told).limit(2)
        if told is not None and any(person_id != own for person_id in desk.session.scalars(query)):
            raise UniquenessException(detail="Another User has this userName or externalId")


def _ends(
    desk: Desk, last_day: date | None, before: Told, after: Told, ended_on: date | None, active: bool
) -> tuple[dict[str, Value], date | None]:
    """What opening and closing an account does to the last day, unless the directory tells one; and the last
    day that closing it gave the person."""
    if after["last_day"] is not None:
        return {}, None
    if before.get("last_day") is not None:  # withdrawn by what is told now
        last_day = None
    if active:
        returns = last_day is not None and (
            last_day == ended_on or (before is _NOTHING and last_day <= desk.today)
        )
        return ({"last_day": None} if returns else {}), None
    hire = after["hire"]
    if isinstance(hire, date) and hire > desk.today:  # made ahead, and opened on the first day
        return {}, None
    if last_day is None:
        return {"last_day": desk.today}, desk.today
    return {}, ended_on if ended_on == last_day else None


def _groups(found: Sequence[tuple[UUID, str]]) -> list[dict[str, str]] | None:
    return [
        {"value": str(group_id), "$ref": f"Groups/{group_id}", "display": name, "type": "direct"}
        for group_id, name in found
    ] or None
