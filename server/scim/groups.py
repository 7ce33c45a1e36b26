"""Groups of users: for roles, and for nothing that is measured."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from scim2_models import InvalidValueException, Resource
from sqlalchemy.orm import Session

from server.scim.limits import MOST_MEMBERS
from server.scim.models import ScimGroupRow, ScimMemberRow, ScimUserRow
from server.scim.schemas import GROUP, MODELS
from server.scim.shelves import Columns, Desk, Shelf, compared, document_of, new_version

Members = Mapping[UUID, str | None]
"""Person -> how the directory calls them in this group."""


def groups_by_person(
    session: Session, org_id: UUID, people: Collection[UUID]
) -> dict[UUID, list[tuple[UUID, str]]]:
    """Person -> id and display name of their groups, by name. People without a group are absent."""
    member, group = ScimMemberRow, ScimGroupRow
    query = (
        sa.select(member.person_id, group.group_id, group.document)
        .join(group, (group.org_id == member.org_id) & (group.group_id == member.group_id))
        .where(member.org_id == org_id, group.org_id == org_id, member.person_id.in_(people))
        .order_by(group.name, group.group_id)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for person_id, group_id, document in session.execute(query):
        found[person_id].append((group_id, document["displayName"]))
    return found


def leave_all(session: Session, org_id: UUID, person_id: UUID) -> None:
    """Take somebody out of every group."""
    mine = (ScimMemberRow.org_id == org_id, ScimMemberRow.person_id == person_id)
    session.execute(sa.delete(ScimMemberRow).where(*mine).execution_options(synchronize_session=False))


class Groups(Shelf[ScimGroupRow]):
    """Members are users; a group in a group is refused."""

    kind = GROUP
    table = ScimGroupRow
    searched: ClassVar[Columns] = {
        "displayname": ScimGroupRow.name,
        "externalid": ScimGroupRow.external_id,
        "id": ScimGroupRow.group_id,
    }

    def resources(self, desk: Desk, rows: Sequence[ScimGroupRow], whole: bool = True) -> list[Resource[Any]]:
        members = _members(desk, [row.group_id for row in rows]) if whole else {}
        return [
            self.resource(row, row.group_id, {"members": _shown(members.get(row.group_id, {}))})
            for row in rows
        ]

    def create(self, desk: Desk, resource: Resource[Any]) -> ScimGroupRow:
        row = ScimGroupRow(
            org_id=desk.org_id,
            group_id=uuid4(),
            name=_name(resource),
            external_id=resource.external_id,
            document=document_of(resource),
            version=new_version(),
            created_on=desk.today,
            changed_on=desk.today,
        )
        desk.session.add(row)
        desk.session.flush()
        _write_members(desk, row.group_id, {}, _told_members(resource))
        return row

    def change(self, desk: Desk, row: ScimGroupRow, resource: Resource[Any]) -> None:
        before = _members(desk, [row.group_id]).get(row.group_id, {})
        _write_members(desk, row.group_id, before, _told_members(resource))
        row.name, row.external_id = _name(resource), resource.external_id
        row.document, row.version, row.changed_on = document_of(resource), new_version(), desk.today
        desk.session.flush()

    def remove(self, desk: Desk, row: ScimGroupRow) -> None:
        mine = (ScimMemberRow.org_id == desk.org_id, ScimMemberRow.group_id == row.group_id)
        desk.session.execute(
            sa.delete(ScimMemberRow).where(*mine).execution_options(synchronize_session=False)
        )
        desk.session.delete(row)
        desk.session.flush()


def _name(resource: Resource[Any]) -> str:
    return compared(MODELS[GROUP], "displayName", resource.display_name)  # type: ignore[attr-defined]


def _members(desk: Desk, groups: Collection[UUID]) -> dict[UUID, dict[UUID, str | None]]:
    row = ScimMemberRow
    query = (
        sa.select(row.group_id, row.person_id, row.display)
        .where(row.org_id == desk.org_id, row.group_id.in_(groups))
        .order_by(row.group_id, row.person_id)
    )
    found: dict[UUID, dict[UUID, str | None]] = defaultdict(dict)
    for group_id, person_id, display in desk.session.execute(query):
        found[group_id][person_id] = display
    return found


def _shown(members: Members) -> list[dict[str, str | None]] | None:
    return [
        {"value": str(person_id), "$ref": f"Users/{person_id}", "type": "User", "display": display}
        for person_id, display in members.items()
    ] or None


def _told_members(resource: Resource[Any]) -> dict[UUID, str | None]:
    """Raises InvalidValueException for too many of them, and for ids that are none of ours."""
    told = resource.members or ()  # type: ignore[attr-defined]
    if len(told) > MOST_MEMBERS:
        raise InvalidValueException(detail=f"A Group has at most {MOST_MEMBERS} members")
    try:
        return {UUID(member.value or ""): member.display for member in told}
    except ValueError:
        raise InvalidValueException(detail="A member must be named by the id of a User") from None


def _write_members(desk: Desk, group_id: UUID, before: Members, after: Members) -> None:
    """Raises InvalidValueException where somebody new is no user."""
    new = after.keys() - before.keys()
    row, user = ScimMemberRow, ScimUserRow
    known = sa.select(user.person_id).where(user.org_id == desk.org_id, user.person_id.in_(new))
    if new and len(desk.session.scalars(known).all()) < len(new):
        raise InvalidValueException(detail="A member is no User; groups in groups are not taken")
    mine = (row.org_id == desk.org_id, row.group_id == group_id)
    changed = {one for one in after.keys() & before.keys() if after[one] != before[one]}
    gone = (before.keys() - after.keys()) | changed
    if gone:
        desk.session.execute(
            sa.delete(row).where(*mine, row.person_id.in_(gone)).execution_options(synchronize_session=False)
        )
    made = [
        {"org_id": desk.org_id, "group_id": group_id, "person_id": one, "display": after[one]}
        for one in sorted(new | changed, key=str)
    ]
    if made:
        desk.session.execute(sa.insert(row), made)
