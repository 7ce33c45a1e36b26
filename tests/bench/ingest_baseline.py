"""The floor of the way in: the same rows, bodies included, written by the bare driver in groups. No HTTP.

The driver is handed rows as Python values and writes each once, in the usual form that leaves a repeat alone:
prepared statements on SQLite, one JSON parameter per table on PostgreSQL. Nothing is looked up or answered.
"""

import sqlite3
import time
from collections.abc import Sequence
from datetime import date

import psycopg

from server import bulk
from server.db import Store
from server.ingest import store as ingest
from server.ingest.store import Delivery
from tests.bench.ingest_collector import database_cpu

Tables = list[tuple[bulk.Target, list[bulk.Row]]]


def raw_cpu(store: Store, deliveries: Sequence[Delivery], group: int, today: date) -> float:
    """Processor seconds of this process and the database for these batches, `group` in a transaction."""
    groups = [rows_of(deliveries[at : at + group], today) for at in range(0, len(deliveries), group)]
    return (_on_sqlite if store.is_sqlite else _on_postgresql)(store, groups)


def rows_of(deliveries: Sequence[Delivery], today: date) -> Tables:
    """The rows that follow from batches of which none repeats or replaces another."""
    days = [d for d in deliveries if d.batch.summary is not None]
    tables = [
        (ingest._RAW, [ingest._raw_row(d, today) for d in deliveries]),
        (ingest._DEVICE_DAY, [ingest._day_row(d, today) for d in days]),
        (ingest._APP_DAY, list(ingest._table_rows(days, "apps"))),
        (ingest._SERVICE_DAY, list(ingest._table_rows(days, "services"))),
        (ingest._EVENT, list(ingest._event_rows(deliveries))),
    ]
    return [(into, rows) for into, rows in tables if rows]


def _on_sqlite(store: Store, groups: Sequence[Tables]) -> float:
    ready = [[(_statement(into), bulk._sqlite_rows(into, rows)) for into, rows in g] for g in groups]
    connection = sqlite3.connect(store.engine.url.database, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    before = time.process_time()
    for group in ready:
        connection.execute("BEGIN IMMEDIATE")
        for statement, rows in group:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
    used = time.process_time() - before
    connection.close()
    return used


def _statement(into: bulk.Target) -> str:
    places = ", ".join("?" * len(into.columns))
    return (
        f"INSERT INTO {into.table.name} ({', '.join(into.columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"
    )


def _on_postgresql(store: Store, groups: Sequence[Tables]) -> float:
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        before = time.process_time() + database_cpu(store)
        for group in groups:
            for into, rows in group:
                values = ", ".join(bulk._unpacked(into, name) for name in into.columns)
                connection.execute(
                    f"INSERT INTO {into.table.name} ({', '.join(into.columns)}) SELECT {values}"
                    f" FROM {bulk._recordset(into)} ON CONFLICT DO NOTHING",
                    (bulk._as_json(into, rows),),
                )
            connection.commit()
        return time.process_time() + database_cpu(store) - before
