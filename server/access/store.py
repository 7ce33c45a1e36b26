"""Handing out sign-in links, using them once, and opening and closing sessions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import LoginLink, PageSession
from server.access.roles import Grant, Role
from server.access.tokens import LINK, SESSION, digest, make, org_of
from server.db import without_org

SESSION_DAYS = 7
"""A session ends with this many days after the one on which it was opened."""
SUBJECT_DAYS = 1
"""The same for one that a provider vouched for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a provider sent: its id there, the person it stands for if it does, and groups with a role."""

    issuer: str
    subject: str
    shown_name: str
    person_id: UUID | None
    groups: Collection[str]


def create_link(session: Session, grant: Grant, now: datetime, valid: timedelta) -> str:
    """A new one-time sign-in token; the store keeps its hash only."""
    token = make(LINK, grant.org_id)
    session.add(
        LoginLink(
            org_id=grant.org_id,
            token_hash=digest(token),
            role=grant.role.value,
            person_id=grant.person_id,
            device_id=grant.device_id,
            group_name=grant.group_name,
            expires_at=now + valid,
        )
    )
    return token


def redeem_link(session: Session, token: str, now: datetime) -> Grant | None:
    """What the link grants, and the link is gone; None if it never was, was used, or has expired."""
    org_id = org_of(token, LINK)
    if org_id is None:
        return None
    key = (LoginLink.org_id == org_id, LoginLink.token_hash == digest(token))
    link = session.scalar(sa.select(LoginLink).where(*key))
    if link is None:
        return None
    # Two clicks at once both found it; only one of them deletes it.
    gone = session.execute(sa.delete(LoginLink).where(*key).execution_options(synchronize_session=False))
    if getattr(gone, "rowcount", 0) != 1 or link.expires_at <= now or link.account is not None:
        return None
    return Grant(org_id, Role(link.role), link.person_id, link.device_id, link.group_name)


def open_session(session: Session, grant: Grant, today: date) -> str:
    """A new session for what a link grants; the answer is the value of its cookie."""
    return _opened(
        session,
        grant.org_id,
        today + timedelta(days=SESSION_DAYS),
        role=grant.role.value,
        person_id=grant.person_id,
        device_id=grant.device_id,
        group_name=grant.group_name,
    )


def open_for_account(session: Session, org_id: UUID, account: str, today: date) -> str:
    """The same for somebody who gave the account's password; what it may do is looked up later."""
    return _opened(session, org_id, today + timedelta(days=SESSION_DAYS), account=account)


def open_for_subject(session: Session, org_id: UUID, subject: Subject, today: date) -> str:
    """The same for somebody whom a provider sent. It knows first when they may not come in any more, so it
    is asked again sooner."""
    return _opened(
        session,
        org_id,
        today + timedelta(days=SUBJECT_DAYS),
        issuer=subject.issuer,
        subject=subject.subject,
        shown_name=subject.shown_name,
        person_id=subject.person_id,
        groups=sorted(subject.groups),
    )


def _opened(session: Session, org_id: UUID, last_day: date, role: str = "", **columns: Any) -> str:
    cookie = make(SESSION, org_id)
    row = PageSession(org_id=org_id, token_hash=digest(cookie), role=role, last_day=last_day, **columns)
    session.add(row)
    return cookie


def choose_role(session: Session, cookie: str, role: Role) -> None:
    """Act in this role from now on, as far as it is held."""
    org_id = org_of(cookie, SESSION)
    if org_id is not None:
        of_cookie = (PageSession.org_id == org_id, PageSession.token_hash == digest(cookie))
        session.execute(sa.update(PageSession).where(*of_cookie).values(role=role.value))


def close_session(session: Session, cookie: str) -> None:
    org_id = org_of(cookie, SESSION)
    if org_id is not None:
        session.execute(
            sa.delete(PageSession).where(
                PageSession.org_id == org_id, PageSession.token_hash == digest(cookie)
            )
        )


def forget_expired(session: Session, now: datetime) -> int:
    """Delete links and sessions whose time is over, of all organisations; how many there were."""
    reason = without_org("housekeeping by age alone")
    links = sa.delete(LoginLink).where(LoginLink.expires_at <= now)
    sessions = sa.delete(PageSession).where(PageSession.last_day < now.astimezone(UTC).date())
    done = [session.execute(statement, execution_options=reason) for statement in (links, sessions)]
    return sum(getattr(result, "rowcount", 0) for result in done)
