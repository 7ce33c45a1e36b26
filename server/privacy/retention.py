"""How long the trusted core keeps what it has: rows of persons briefly, releases for years."""

from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.people.organisations import local_day, organisations
from server.people.weeks import week_before, week_of
from server.privacy.models import (
    CohortCardRow,
    CohortQueueRow,
    FunnelRow,
    HoursClassRow,
    PersonWeekRow,
    ReleasePlanRow,
    ReleasePoolRow,
    ReleaseRow,
    ReleaseSumRow,
    ReleaseTeamRow,
)

PERSON_WEEKS = 26
QUEUE_DAYS = 90
RELEASE_WEEKS = 3 * 52

_RELEASES = (
    FunnelRow,
    HoursClassRow,
    ReleasePlanRow,
    ReleasePoolRow,
    ReleaseSumRow,
    ReleaseTeamRow,
    ReleaseRow,
    CohortCardRow,
)


def forget_old(store: Store, now: datetime) -> str:
    """The periodic job: delete what has been kept long enough, in every organisation."""
    rows, dropped = 0, 0
    with store.reading() as session:
        known = [(found.org_id, local_day(found, now)) for found in organisations(session)]
    for org_id, today in known:
        with store.transaction() as session:
            dropped += waiting_too_long(session, org_id, today)
            rows += forget(session, org_id, today)
    return f"{rows} rows deleted, {dropped} passages dropped that no card was made of"


def waiting_too_long(session: Session, org_id: UUID, today: date) -> int:
    """Passages that are about to be dropped without ever having been counted in a card."""
    query = sa.select(sa.func.count()).where(
        CohortQueueRow.org_id == org_id,
        CohortQueueRow.left_on < today - timedelta(days=QUEUE_DAYS),
        CohortQueueRow.carded.is_(False),
    )
    return session.execute(query).scalar_one()


def forget(session: Session, org_id: UUID, today: date) -> int:
    """Delete an organisation's old person-weeks, passages and releases; how many rows that were."""
    this_week = week_of(today)
    deleted = _delete(
        session,
        sa.delete(PersonWeekRow).where(
            PersonWeekRow.org_id == org_id, PersonWeekRow.week < week_before(this_week, PERSON_WEEKS)
        ),
    )
    deleted += _delete(
        session,
        sa.delete(CohortQueueRow).where(
            CohortQueueRow.org_id == org_id, CohortQueueRow.left_on < today - timedelta(days=QUEUE_DAYS)
        ),
    )
    oldest = week_before(this_week, RELEASE_WEEKS)
    for table in _RELEASES:
        deleted += _delete(session, sa.delete(table).where(table.org_id == org_id, table.week < oldest))
    return deleted


def _delete(session: Session, statement: sa.Delete) -> int:
    statement = statement.execution_options(synchronize_session=False)
    return cast(sa.CursorResult[Any], session.execute(statement)).rowcount
