"""Roles that somebody was given: to an account, or to a person of the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import RoleGrantRow
from server.access.roles import GRANTABLE, Role
from server.errors import UsageError


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a role: an account or a person, exactly one of them."""

    account: str | None = None
    person_id: UUID | None = None

    def __str__(self) -> str:
        return f"account {self.account}" if self.account is not None else f"person {self.person_id}"


def grant_role(session: Session, org_id: UUID, holder: Holder, role: Role, today: date, by: str) -> bool:
    """Give the role from the next request on; whether it is new. UsageError for one that nobody is given."""
    if role not in GRANTABLE:
        raise UsageError(f"The role {role} is not given: it follows from the directory, or from a key.")
    key = (org_id, _id_of(org_id, holder, role))
    if session.get(RoleGrantRow, key) is not None:
        return False
    row = RoleGrantRow(org_id=org_id, grant_id=key[1], account=holder.account, person_id=holder.person_id)
    row.role, row.since, row.granted_by = role.value, today, by
    session.add(row)
    session.flush()
    return True


def withdraw_role(session: Session, org_id: UUID, holder: Holder, role: Role) -> bool:
    """Take the role away from the next request on; whether it was given."""
    row = session.get(RoleGrantRow, (org_id, _id_of(org_id, holder, role)))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def granted_roles(session: Session, org_id: UUID) -> Sequence[RoleGrantRow]:
    """Who was given what, by role and the day."""
    query = sa.select(RoleGrantRow).where(RoleGrantRow.org_id == org_id)
    return session.scalars(query.order_by(RoleGrantRow.role, RoleGrantRow.since)).all()


def roles_given(session: Session, org_id: UUID, account: str | None, person_id: UUID | None) -> set[Role]:
    """What this account was given, and the person behind it."""
    row = RoleGrantRow
    either = [row.account == account] if account is not None else []
    either += [row.person_id == person_id] if person_id is not None else []
    if not either:
        return set()
    found = session.scalars(sa.select(row.role).where(row.org_id == org_id, sa.or_(*either)))
    return {Role(role) for role in found}


def _id_of(org_id: UUID, holder: Holder, role: Role) -> UUID:
    """Of holder and role, so that two who give the same at once make one row."""
    return uuid5(org_id, f"role:{holder}:{role}")
