"""End the wait of stage passages, which are rows of persons; weeks end in server/retention.py."""

from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.people.organisations import local_day, organisations
from server.privacy.models import CohortQueueRow

QUEUE_DAYS = 90


def forget_passages(store: Store, now: datetime) -> str:
    """The periodic job: delete passages after 90 days, and count those that never came into a card."""
    with store.reading() as session:
        known = [(found.org_id, local_day(found, now)) for found in organisations(session)]
    deleted = unused = 0
    for org_id, today in known:
        with store.transaction() as session:
            unused += _delete(session, org_id, today, carded=False)
            deleted += _delete(session, org_id, today, carded=True)
    return f"{deleted + unused} stage passages deleted, of which {unused} came into no card"


def _delete(session: Session, org_id: UUID, today: date, carded: bool) -> int:
    statement = (
        sa.delete(CohortQueueRow)
        .where(CohortQueueRow.org_id == org_id, CohortQueueRow.carded.is_(carded))
        .where(CohortQueueRow.left_on < today - timedelta(days=QUEUE_DAYS))
        .execution_options(synchronize_session=False)
    )
    return cast(sa.CursorResult[Any], session.execute(statement)).rowcount
