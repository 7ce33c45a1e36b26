"""Weeks of the large tables: a partition each on PostgreSQL, rows like all others on SQLite.

There is no default partition, because rows in it would keep a later one from being made.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import sqlalchemy as sa

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
        _one_after_the_other(connection)
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


def drop_before(store: Store, table: sa.Table, day: date) -> int:
    """Remove the whole weeks that ended before `day`; returns how many partitions or rows went.

    A week is kept until its last day may go, on both databases alike.
    """
    monday = _monday(day)
    if store.is_sqlite:
        return _delete_before(store, table, monday)
    with store.engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        _one_after_the_other(connection)
        first_kept = partition_name(table, monday)
        prefix_length = len(table.name) + 1
        gone = [
            name
            for name in partitions(connection)
            if name.startswith(f"{table.name}_") and len(name) == prefix_length + 8 and name < first_kept
        ]
        for name in gone:
            connection.execute(sa.text(f"DROP TABLE {PARTITION_SCHEMA}.{name}"))
    return len(gone)


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


def _one_after_the_other(connection: sa.Connection) -> None:
    """Distributed tables refuse DDL in parallel; a plain PostgreSQL ignores the setting."""
    connection.execute(sa.text("SET LOCAL citus.multi_shard_modify_mode = 'sequential'"))


def _mondays(low: date, high: date) -> Iterator[date]:
    monday = _monday(low)
    while monday <= high:
        yield monday
        monday += _WEEK


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
