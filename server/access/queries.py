"""Who is behind a session's cookie, and what they may do today: looked up at each request."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.closing import closed_since
from server.access.grants import roles_given
from server.access.models import AccountRow, PageSession
from server.access.roles import BY_RANK, Grant, Role
from server.access.tokens import SESSION, digest, org_of
from server.devices.models import DevicePerson
from server.people.present import has_left, is_here, team_led_by

GroupsOf = Callable[[Session, UUID, UUID, Collection[str]], "DirectoryGroups"]
"""Of an organisation's person: which of these groups the directory knows, and which hold the person."""


@dataclass(frozen=True, slots=True)
class DirectoryGroups:
    """What the directory says of some groups: which it knows, and in which of them a person is."""

    known: Collection[str] = ()
    member: Collection[str] = ()


def no_groups(_session: Session, _org_id: UUID, _person_id: UUID, _of: Collection[str]) -> DirectoryGroups:
    return DirectoryGroups()


@dataclass(frozen=True, slots=True)
class Rules:
    """What groups give: the role of each group by issuer, and who is in them by now."""

    role_maps: Mapping[str, Mapping[str, Role]] = field(default_factory=dict)
    groups_of: GroupsOf = no_groups


NO_PROVIDERS = Rules()


def grant_of(session: Session, cookie: str, today: date, rules: Rules = NO_PROVIDERS) -> Grant | None:
    """What this cookie grants today; None if its session is unknown, closed or over, or if whoever is behind
    it has left or holds no role any more."""
    row = session_behind(session, cookie)
    if row is None or row.last_day < today:
        return None
    if row.account is not None:
        return _of_account(session, row, today)
    if row.issuer is not None:
        return _of_provider(session, row, today, rules)
    return _of_link(session, row, today)


def session_behind(session: Session, cookie: str) -> PageSession | None:
    org_id = org_of(cookie, SESSION)
    if org_id is None:
        return None
    return session.scalar(
        sa.select(PageSession).where(PageSession.org_id == org_id, PageSession.token_hash == digest(cookie))
    )


def may_be(session: Session, org_id: UUID, person_id: UUID, today: date) -> bool:
    """Whether somebody may sign in as this person: the directory has them, here and switched on."""
    return is_here(session, org_id, person_id, today) and closed_since(session, org_id, person_id) is None


def roles_of_groups(
    session: Session, org_id: UUID, person_id: UUID | None, told: Collection[str], issuer: str, rules: Rules
) -> set[Role]:
    """What groups give: those that the directory knows as it says now, others as the provider `told`."""
    role_map = rules.role_maps.get(issuer, {})
    groups = set(told)
    if person_id is not None and role_map:
        found = rules.groups_of(session, org_id, person_id, role_map)
        groups = (groups - set(found.known)) | set(found.member)
    return {role for group, role in role_map.items() if group in groups}


def _of_link(session: Session, row: PageSession, today: date) -> Grant | None:
    """A link stays what it was made for, as long as whom it is for is here."""
    person_id = row.person_id or _owner(session, row)
    if person_id is not None and (
        has_left(session, row.org_id, person_id, today) or closed_since(session, row.org_id, person_id)
    ):
        return None
    return Grant(row.org_id, Role(row.role), row.person_id, row.device_id, row.group_name)


def _of_account(session: Session, row: PageSession, today: date) -> Grant | None:
    account = session.get(AccountRow, (row.org_id, row.account))
    if account is None or account.disabled:
        return None
    person_id = account.person_id
    if person_id is not None and not may_be(session, row.org_id, person_id, today):
        return None
    roles = roles_given(session, row.org_id, account.name, person_id)
    return _chosen(session, row, roles, person_id, today, account.name)


def _of_provider(session: Session, row: PageSession, today: date, rules: Rules) -> Grant | None:
    if row.issuer is None or row.issuer not in rules.role_maps:
        return None
    if row.person_id is not None and not may_be(session, row.org_id, row.person_id, today):
        return None
    roles = roles_of_groups(session, row.org_id, row.person_id, row.groups or (), row.issuer, rules)
    roles |= roles_given(session, row.org_id, None, row.person_id)
    name = None if row.person_id else row.shown_name
    return _chosen(session, row, roles, row.person_id, today, name)


def _chosen(
    session: Session,
    row: PageSession,
    roles: set[Role],
    person_id: UUID | None,
    today: date,
    name: str | None,
) -> Grant | None:
    """The role that was chosen, if it is still held, else the first of those that are."""
    team = team_led_by(session, row.org_id, person_id, today) if person_id else None
    roles |= {Role.EMPLOYEE} if person_id else set()
    roles |= {Role.LEAD} if team else set()
    held = tuple(role for role in BY_RANK if role in roles)
    if not held:
        return None
    role = Role(row.role) if row.role in held else held[0]
    return Grant(
        row.org_id,
        role,
        person_id,
        group_name=team if role is Role.LEAD else None,
        account=name,
        roles=held,
        by_password=row.account is not None,
    )


def _owner(session: Session, row: PageSession) -> UUID | None:
    """Whose laptop it is whose own page a link opened."""
    if row.device_id is None:
        return None
    return session.scalar(
        sa.select(DevicePerson.person_id).where(
            DevicePerson.org_id == row.org_id,
            DevicePerson.device_id == row.device_id,
            DevicePerson.until.is_(None),
        )
    )
