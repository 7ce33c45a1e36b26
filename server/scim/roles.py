"""Which groups that give a role the directory knows, and in which of them somebody is."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.queries import DirectoryGroups
from server.scim.models import ScimGroupRow, ScimMemberRow


def directory_groups(
    session: Session, org_id: UUID, person_id: UUID, names: Collection[str]
) -> DirectoryGroups:
    """Of these `names`; a group is meant by its display name or by the id it has at the directory."""
    by_name = {name.casefold(): name for name in names}
    group, member = ScimGroupRow, ScimMemberRow
    rows = session.execute(
        sa.select(group.group_id, group.name, group.external_id).where(
            group.org_id == org_id, sa.or_(group.name.in_(by_name), group.external_id.in_(names))
        )
    )
    known = {row.group_id: by_name.get(row.name, row.external_id) for row in rows}
    if not known:
        return DirectoryGroups()
    mine = session.scalars(
        sa.select(member.group_id).where(
            member.org_id == org_id, member.person_id == person_id, member.group_id.in_(known)
        )
    )
    return DirectoryGroups(set(known.values()), {known[group_id] for group_id in mine})
