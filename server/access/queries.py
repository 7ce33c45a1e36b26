"""Who is behind a session's cookie."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import PageSession
from server.access.roles import Grant, Role
from server.access.tokens import SESSION, digest, org_of


def grant_of(session: Session, cookie: str, today: date) -> Grant | None:
    """What this cookie grants today; None if its session is unknown, closed or over."""
    org_id = org_of(cookie, SESSION)
    if org_id is None:
        return None
    found = session.scalar(
        sa.select(PageSession).where(
            PageSession.org_id == org_id,
            PageSession.token_hash == digest(cookie),
            PageSession.last_day >= today,
        )
    )
    if found is None:
        return None
    return Grant(org_id, Role(found.role), found.person_id, found.device_id, found.group_name)
