"""Weeks of the large tables: a partition each on PostgreSQL, rows like all others on SQLite.

There is no default partition, because rows in it would keep a later one from being made.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from server.cluster import NOT_SPREAD, spread_of
from server.db import PARTITION_SCHEMA, Store, without_org
from server.ingest.models import DAY_TABLES

WEEKS_BACK = 5
WEEKS_AHEAD = 2
DELETED_AT_ONCE = 5000
_WEEK = timedelta(weeks=1)
_LOCK = 4_103_992  # any number but that of migrations


def ensure_partitions(store: Store, low: date, high: date) -> None:
    """Make the weeks of the days from `low` to `high`, as far as they are missing. Safe to repeat."""
    if store.is_sqlite:
        return
    with store.engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        known = set(partitions(connection))
        for monday in _mondays(low, high):
            for table in DAY_TABLES:
                if partition_name(table, monday) not in known:
                    connection.execute(
                        sa.text(
                            f"CREATE TABLE {PARTITION_SCHEMA}.{partition_name(table, monday)}"
                            f" PARTITION OF {table.name} FOR VALUES FROM ('{monday}') TO ('{monday + _WEEK}')"
                        )
                    )


def ensure_around(store: Store, today: date) -> None:
    """The weeks in which laptops may deliver on this day, and those that come next."""
    ensure_partitions(store, today - WEEKS_BACK * _WEEK, today + WEEKS_AHEAD * _WEEK)


def make_weeks(store: Store, now: datetime) -> str:
    """The daily job that makes the weeks ahead."""
    ensure_around(store, now.date())
    return f"weeks around {now.date()} are there"


def partition_name(table: sa.Table, monday: date) -> str:
    return f"{table.name}_{monday:%Y%m%d}"


def partitions(connection: sa.Connection) -> list[str]:
    """Names of all partitions there are, in order."""
    return sorted(sa.inspect(connection).get_table_names(schema=PARTITION_SCHEMA))


def sizes(connection: sa.Connection) -> list[tuple[str, int]]:
    """All partitions in order, each with its bytes, indexes included; over all machines of a cluster."""
    of_one = (
        "citus_total_relation_size"
        if spread_of(connection, DAY_TABLES[0].name) != NOT_SPREAD
        else "pg_total_relation_size"
    )
    size = sa.func.coalesce(getattr(sa.func, of_one)(sa.cast(sa.bindparam("name"), REGCLASS)), 0)
    query = sa.select(size)
    names = partitions(connection)
    return [(name, connection.scalar(query, {"name": f"{PARTITION_SCHEMA}.{name}"}) or 0) for name in names]


def missing_weeks(connection: sa.Connection, today: date) -> list[str]:
    """Partitions that a laptop may need on this day and that are not there."""
    known = set(partitions(connection))
    mondays = list(_mondays(today - WEEKS_BACK * _WEEK, today))
    names = [partition_name(table, monday) for table in DAY_TABLES for monday in mondays]
    return [name for name in names if name not in known]


def strange_tables(connection: sa.Connection) -> list[str]:
    """Tables among the partitions that are none: nobody would drop them, and nobody reads them."""
    query = sa.text(
        "SELECT c.relname FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
        " WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p')"
        " AND (i.inhparent IS NULL OR i.inhparent <> ALL (CAST(:parents AS regclass[]))) ORDER BY 1"
    )
    parents = [table.name for table in DAY_TABLES]
    return list(connection.scalars(query, {"schema": PARTITION_SCHEMA, "parents": parents}))


def drop_before(store: Store, table: sa.Table, day: date) -> int:
    """Remove the whole weeks that ended before `day`; returns how many partitions or rows went.

    A week is kept until its last day may go, on both databases alike.
    """
    monday = _monday(day)
    if store.is_sqlite:
        return _delete_before(store, table, monday)
    with store.engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        gone = _partitions_before(connection, table, monday)
        for name in gone:
            connection.execute(sa.text(f"DROP TABLE {PARTITION_SCHEMA}.{name}"))
    return len(gone)


def weeks_before(store: Store, table: sa.Table, day: date) -> int:
    """How many partitions or rows `drop_before` would remove."""
    monday = _monday(day)
    with store.reading() as session:
        if not store.is_sqlite:
            return len(_partitions_before(session.connection(), table, monday))
        query = sa.select(sa.func.count()).select_from(table).where(table.c.day < monday)
        options = without_org("old days of all organisations at once")
        return session.scalar(query, execution_options=options) or 0


def _partitions_before(connection: sa.Connection, table: sa.Table, monday: date) -> list[str]:
    first_kept = partition_name(table, monday)
    prefix_length = len(table.name) + 1
    return [
        name
        for name in partitions(connection)
        if name.startswith(f"{table.name}_") and len(name) == prefix_length + 8 and name < first_kept
    ]


def _delete_before(store: Store, table: sa.Table, day: date) -> int:
    """In short transactions, so that laptops need not wait for it."""
    row = sa.literal_column("rowid", sa.Integer())
    some = sa.select(row).select_from(table).where(table.c.day < day).limit(DELETED_AT_ONCE)
    statement = sa.delete(table).where(row.in_(some))
    deleted = 0
    while True:
        with store.engine.begin() as connection:
            options = without_org("old days go for all organisations at once")
            count = connection.execute(statement, execution_options=options).rowcount
        deleted += count
        if count < DELETED_AT_ONCE:
            return deleted


def _mondays(low: date, high: date) -> Iterator[date]:
    monday = _monday(low)
    while monday <= high:
        yield monday
        monday += _WEEK


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
