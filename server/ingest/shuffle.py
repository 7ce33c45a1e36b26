"""Once a day, what laptops have sent, and what was left out of it, is written anew in the order of its keys.

Rows lie in a database in the order in which they came, and by it days of morning work could be told from days
of afternoon work. Keys are random numbers or hold no time, so nothing of that order is left; which day a row
came on is kept anyway. On PostgreSQL rows then also share a transaction with those of many other laptops.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import sqlalchemy as sa

from agent.signals import LIMITS
from server.cluster import spread_of
from server.db import Base, Store
from server.devices.models import DeviceDrop
from server.ingest.models import DAY_TABLES, app_day, device_day, raw_batch, service_day
from server.people.organisations import for_each_organisation
from server.people.weeks import week_of
from server.postgresql import patient_outside

DAYS_OF_RECEIPT = 2
"""What is noted as received so many days back or later (`SOONEST` in server/ingest/models.py) is written
anew: a laptop's day until four days have passed, so that its last place says nothing of when its parts came,
and what comes late twice, so that a night may be missed."""
PAIRS_AT_ONCE = 500
"""So many laptops go in one transaction, with one day each. Laptops that deliver wait no longer than for it.
Of one day, so that it lies by itself: where days lay mixed, one that is left alone would keep a page open."""

Pair = tuple[UUID, object]
"""A laptop and a day."""

_DROPS = Base.metadata.tables[DeviceDrop.__tablename__]
_TABLES = (*DAY_TABLES, _DROPS)
_PARTS_OF_SUMMARIES = (app_day, service_day)

Where = tuple[sa.ColumnElement[bool], ...]


def shuffle_received(store: Store, now: datetime) -> str:
    """The daily job. Safe to repeat and to be killed in."""
    written: list[int] = []
    try:
        for_each_organisation(store, lambda found: written.extend(_shuffle(store, found.org_id, now)))
    finally:  # also of those before one that failed
        if any(written):
            forget_old_rows(store)
    return f"{sum(written)} rows written anew"


def _shuffle(store: Store, org_id: UUID, now: datetime) -> Iterator[int]:
    """Rows of one organisation that were written anew, some at a time."""
    for pairs in _received(store, org_id, now):
        for table in DAY_TABLES:
            yield _write_anew(store, table, _of(table, org_id, pairs), _of(device_day, org_id, pairs))
    for laptops in _with_drops(store, org_id, now):
        yield _write_anew(store, _DROPS, (_DROPS.c.org_id == org_id, _DROPS.c.device_id.in_(laptops)))


def _received(store: Store, org_id: UUID, now: datetime) -> Iterator[list[Pair]]:
    """Laptops' days about which something came lately, some of a day at a time, in the order of keys."""
    first = now.date() - timedelta(days=DAYS_OF_RECEIPT)
    row = raw_batch.c
    pairs = (
        sa.select(row.device_id, row.day)
        .where(row.org_id == org_id, row.received_day >= first)
        .distinct()
        .order_by(row.day, row.device_id)
    )
    with store.reading() as session:
        found = [(device_id, day) for device_id, day in session.execute(pairs)]
    for _, of_day in groupby(found, key=lambda pair: pair[1]):
        some = list(of_day)
        for at in range(0, len(some), PAIRS_AT_ONCE):
            yield some[at : at + PAIRS_AT_ONCE]


def _with_drops(store: Store, org_id: UUID, now: datetime) -> Iterator[Sequence[UUID]]:
    """Laptops of whose batches something was left out in the weeks that may still be delivered.

    SQLite keeps this table in the order of its key.
    """
    if store.is_sqlite:
        return
    first = week_of(now.date() - timedelta(days=LIMITS.days_back))
    query = sa.select(_DROPS.c.device_id).where(_DROPS.c.org_id == org_id, _DROPS.c.week >= first)
    with store.reading() as session:
        found = session.scalars(query.distinct().order_by(_DROPS.c.device_id)).all()
    for at in range(0, len(found), PAIRS_AT_ONCE):
        yield found[at : at + PAIRS_AT_ONCE]


def _of(table: sa.Table, org_id: UUID, pairs: Sequence[Pair]) -> Where:
    return table.c.org_id == org_id, sa.tuple_(table.c.device_id, table.c.day).in_(pairs)


def _write_anew(store: Store, table: sa.Table, these: Where, summaries: Where = ()) -> int:
    """How many rows were written: those that the deletion hands over, so nothing that arrives is lost.

    Who replaces a summary takes it first and then deletes its applications and services. So it is taken first
    here too: a deletion that waited would not see the rows that are new by then.
    """
    key = list(table.primary_key)
    with store.engine.begin() as connection:
        # In the order in which the writer of batches takes them, so that neither waits for ever. A cluster
        # locks laptops of one machine only; there one of the two is ended, and comes again. SQLite has one
        # writer.
        if not store.is_sqlite and spread_of(connection, table.name) != "device_id":
            if table in _PARTS_OF_SUMMARIES:
                _lock(connection, device_day, summaries)
            _lock(connection, table, these)
        gone = connection.execute(sa.delete(table).where(*these).returning(*table.columns)).mappings().all()
        rows = sorted((dict(row) for row in gone), key=lambda row: [row[column.name] for column in key])
        if rows:
            connection.execute(sa.insert(table), rows)
    return len(rows)


def _lock(connection: sa.Connection, table: sa.Table, these: Where) -> None:
    key = list(table.primary_key)
    connection.execute(sa.select(*key).where(*these).order_by(*key).with_for_update()).all()


def forget_old_rows(store: Store) -> None:
    """Take away what a database keeps of replaced rows: dead rows, and pages in the write-ahead log."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            with patient_outside(connection):
                connection.exec_driver_sql(f"VACUUM {', '.join(table.name for table in _TABLES)}")
