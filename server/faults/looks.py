"""Looks at the faults of laptops: each is in the audit log before anything is shown."""

from datetime import date
from uuid import UUID

from server.access.audit import record
from server.db import Store
from server.faults.queries import faults_of_all
from server.faults.shape import Faults

SEEN = "faults seen"
TICKET = "fault ticket"
"""Actions in the audit log."""
EVERY_LAPTOP = "all laptops"


def look_at_all(store: Store, org_id: UUID, who: str, today: date) -> Faults:
    """What is wrong with which laptop; the look itself is durable first."""
    with store.transaction() as session:
        record(session, org_id, today, who, SEEN, EVERY_LAPTOP)
    with store.reading() as session:
        return faults_of_all(session, org_id)
