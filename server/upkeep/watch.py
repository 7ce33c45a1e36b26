"""The hourly job that tells the operators of a store that needs them."""

import shutil
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from server.db import Store
from server.ingest.models import DAY_TABLES
from server.ingest.partitions import partition_name, partitions
from server.outbox.notice_texts import STORE_NEARLY_FULL, WEEKS_MISSING
from server.outbox.notices import Notice, tell_all

LEAST_FREE_SHARE = 0.1
"""Of the disk on which the embedded store lies; with less left, somebody should make room."""


def watch_store(store: Store, now: datetime) -> str:
    """Look for what is not well yet. PostgreSQL's disk is seen by its own server alone."""
    with store.transaction() as session:
        found = [
            kind
            for kind, is_so in (
                (WEEKS_MISSING, _next_week_is_missing(store, session, now)),
                (STORE_NEARLY_FULL, is_nearly_full(store)),
            )
            if is_so
        ]
        for kind in found:
            tell_all(session, Notice(kind), now)
    return ", ".join(found) or "nothing to tell"


def _next_week_is_missing(store: Store, session: Session, now: datetime) -> bool:
    if store.is_sqlite:
        return False
    monday = now.date() + timedelta(days=7 - now.weekday())
    known = set(partitions(session.connection()))
    return not all(partition_name(table, monday) in known for table in DAY_TABLES)


def is_nearly_full(store: Store) -> bool:
    """Whether the embedded store has little room left."""
    file = store.engine.url.database
    if not store.is_sqlite or not file:
        return False
    room = shutil.disk_usage(file)
    return room.free < room.total * LEAST_FREE_SHARE
