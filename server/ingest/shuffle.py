"""Once a day, what laptops have sent is written anew in the order of its keys.

Rows lie in a database in the order in which they came, and by it days of morning work could be told from days
of afternoon work. Keys are random numbers or hold no time, so nothing of that order is left; which day a row
came on is kept anyway. On PostgreSQL rows then also share a transaction with those of many other laptops.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.ingest.models import DAY_TABLES, raw_batch
from server.people.organisations import organisations

DAYS_OF_RECEIPT = 2
"""What is noted as received so many days back or later (`SOONEST` in server/ingest/store.py) is written anew:
a laptop's day until four days have passed, so that its last place says nothing of when its parts came, and
what comes late twice, so that a night may be missed."""
PAIRS_AT_ONCE = 500
"""So many laptops' days go in one transaction. Laptops that deliver wait no longer than for it."""

Pair = tuple[UUID, object]
"""A laptop and a day."""


def shuffle_received(store: Store, now: datetime) -> str:
    """The daily job. Safe to repeat and to be killed in."""
    with store.reading() as session:
        ids = [organisation.org_id for organisation in organisations(session)]
    written = 0
    for org_id in ids:
        for pairs in _received(store, org_id, now):
            written += sum(_write_anew(store, org_id, table, pairs) for table in DAY_TABLES)
    if written:
        _forget_old_rows(store)
    return f"{written} rows written anew"


def _received(store: Store, org_id: UUID, now: datetime) -> Iterator[list[Pair]]:
    """Laptops' days about which something came lately, in the order of keys."""
    first = now.date() - timedelta(days=DAYS_OF_RECEIPT)
    row = raw_batch.c
    pairs = (
        sa.select(row.device_id, row.day)
        .where(row.org_id == org_id, row.received_day >= first)
        .distinct()
        .order_by(row.device_id, row.day)
    )
    with store.reading() as session:
        found = [(device_id, day) for device_id, day in session.execute(pairs)]
    for at in range(0, len(found), PAIRS_AT_ONCE):
        yield found[at : at + PAIRS_AT_ONCE]


def _write_anew(store: Store, org_id: UUID, table: sa.Table, pairs: list[Pair]) -> int:
    """How many rows were written: those that the deletion hands over, so nothing that arrives is lost."""
    key = list(table.primary_key)
    these = (table.c.org_id == org_id, sa.tuple_(table.c.device_id, table.c.day).in_(pairs))
    with store.engine.begin() as connection:
        # In the order in which the writer of batches takes them, so that neither waits for ever.
        connection.execute(sa.select(*key).where(*these).order_by(*key).with_for_update()).all()
        gone = connection.execute(sa.delete(table).where(*these).returning(*table.columns)).mappings().all()
        rows = sorted((dict(row) for row in gone), key=lambda row: [row[column.name] for column in key])
        if rows:
            connection.execute(sa.insert(table), rows)
    return len(rows)


def _forget_old_rows(store: Store) -> None:
    """Take away what a database keeps of replaced rows: dead rows, and pages in the write-ahead log."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql(f"VACUUM {', '.join(table.name for table in DAY_TABLES)}")
