"""Closing somebody’s access before or beside their last day, as a directory does; effective at once."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import AccessClosedRow, PageSession


def close_access(session: Session, org_id: UUID, person_id: UUID, today: date) -> bool:
    """Nobody signs in as this person from now on, and open sessions end; whether that is new."""
    session.execute(
        sa.delete(PageSession).where(PageSession.org_id == org_id, PageSession.person_id == person_id)
    )
    if session.get(AccessClosedRow, (org_id, person_id)) is not None:
        return False
    session.add(AccessClosedRow(org_id=org_id, person_id=person_id, since=today))
    session.flush()
    return True


def reopen_access(session: Session, org_id: UUID, person_id: UUID) -> bool:
    """The person may sign in again; whether they could not."""
    row = session.get(AccessClosedRow, (org_id, person_id))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def closed_since(session: Session, org_id: UUID, person_id: UUID) -> date | None:
    """The day on which the person's access was closed; None while it is open."""
    row = session.get(AccessClosedRow, (org_id, person_id))
    return row.since if row else None
