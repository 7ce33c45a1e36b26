"""End the wait of stage passages, which are rows of persons; weeks end in server/upkeep/retention.py."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.privacy.models import CohortQueueRow
from server.terms import terms_in_force


def forget_passages(store: Store, now: datetime) -> str:
    """The periodic job: delete passages whose term is over, and count those that never came into a card."""
    with store.reading() as session:
        terms = terms_in_force(session)

    def forget(organisation: Organisation) -> tuple[int, int]:
        org_id, first_kept = organisation.org_id, terms.first_kept("rows", local_day(organisation, now))
        with store.transaction() as session:
            unused = _delete(session, org_id, first_kept, carded=False)
            return unused, _delete(session, org_id, first_kept, carded=True)

    gone = for_each_organisation(store, forget)
    deleted, unused = sum(map(sum, gone)), sum(unused for unused, _ in gone)
    return f"{deleted} stage passages deleted, of which {unused} came into no card"


def _delete(session: Session, org_id: UUID, first_kept: date, carded: bool) -> int:
    statement = (
        sa.delete(CohortQueueRow)
        .where(CohortQueueRow.org_id == org_id, CohortQueueRow.carded.is_(carded))
        .where(CohortQueueRow.left_on < first_kept)
        .execution_options(synchronize_session=False)
    )
    return cast(sa.CursorResult[Any], session.execute(statement)).rowcount
