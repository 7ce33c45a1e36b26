"""Handing out sign-in links, using them once, and opening and closing sessions."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import LoginLink, PageSession
from server.access.roles import Grant, Role
from server.access.tokens import LINK, SESSION, digest, make, org_of
from server.db import without_org

SESSION_DAYS = 7
"""A session ends with this many days after the one on which it was opened."""


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
    if getattr(gone, "rowcount", 0) != 1 or link.expires_at <= now:
        return None
    return Grant(org_id, Role(link.role), link.person_id, link.device_id, link.group_name)


def open_session(session: Session, grant: Grant, today: date) -> str:
    """A new session; the answer is the value of its cookie."""
    cookie = make(SESSION, grant.org_id)
    session.add(
        PageSession(
            org_id=grant.org_id,
            token_hash=digest(cookie),
            role=grant.role.value,
            person_id=grant.person_id,
            device_id=grant.device_id,
            group_name=grant.group_name,
            last_day=today + timedelta(days=SESSION_DAYS),
        )
    )
    return cookie


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
