"""Make the rows of days and events anew from the batches as they were sent, by the code that made them.

For days whose rows were damaged, or that an earlier version derived wrongly. Batches may come in meanwhile:
each transaction takes the writers' place for a few laptops of one week, so it waits for those who write and
they wait for it.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from agent.signals import RAW_DAYS
from server.db import Store
from server.digests import NOTHING, Digest, digest_of
from server.errors import Problem, UsageError
from server.ingest.models import DAY_TABLES, raw_batch
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, fold
from server.people.organisations import organisations
from server.people.weeks import week_of
from server.web.body import stored_json

LAPTOPS_AT_ONCE = 50
"""Of so many a week is made anew in one transaction."""
BODIES_AT_ONCE = 64
"""So many batches are in memory at once."""
TURN_SECONDS = 0.1
"""Between two transactions on SQLite, where whoever waits to write looks again only so often."""

_DERIVED = tuple(table for table in DAY_TABLES if table is not raw_batch)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refolded:
    """One week of one organisation, or a sum of them: batches that were read, laptops' days that stay as
    they are because the bytes of their newest edition are gone, and rows before and after."""

    batches: int = 0
    left: int = 0
    before: Digest = NOTHING
    after: Digest = NOTHING

    def __add__(self, other: "Refolded") -> "Refolded":
        return Refolded(
            self.batches + other.batches,
            self.left + other.left,
            self.before + other.before,
            self.after + other.after,
        )


def refold(store: Store, low: date, high: date, today: date, say: Callable[[str], None]) -> Refolded:
    """Days from `low` to `high`, both included; `say` gets a line per organisation and week.

    UsageError for days whose batches need no longer be kept whole.
    """
    first = kept_whole_since(today)
    if low < first:
        raise UsageError(f"Batches are whole since {first} only; name a day from then on.")
    if high < low:
        raise UsageError("The last day lies before the first one.")
    with store.reading() as session:
        known = [(found.org_id, found.slug) for found in organisations(session)]
    total = Refolded()
    for org_id, slug in known:
        for monday, sunday in _weeks(low, high):
            done = _refold_week(store, org_id, monday, sunday)
            say(f"{slug} {week_of(monday)}: {done.batches} batches, {done.after.rows} rows")
            total += done
    return total


def kept_whole_since(today: date) -> date:
    """The first day of which no batch was deleted for its age: weeks go whole."""
    oldest = today - timedelta(days=RAW_DAYS)
    return oldest - timedelta(days=oldest.weekday())


def _weeks(low: date, high: date) -> Iterator[tuple[date, date]]:
    while low <= high:
        sunday = low + timedelta(days=6 - low.weekday())
        yield low, min(sunday, high)
        low = sunday + _DAY


def _refold_week(store: Store, org_id: UUID, low: date, high: date) -> Refolded:
    done = Refolded()
    after: UUID | None = None
    while True:
        with store.engine.begin() as connection:
            _take_the_writers_place(connection)
            laptops = _next_laptops(connection, org_id, low, high, after)
            if not laptops:
                return done
            done += _refold_laptops(connection, org_id, laptops, low, high)
        after = laptops[-1]
        if store.is_sqlite:
            time.sleep(TURN_SECONDS)


def _take_the_writers_place(connection: sa.Connection) -> None:
    """SQLite has one writer anyway. Tables in the writer's order, so that neither waits for ever."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in DAY_TABLES)
        connection.execute(sa.text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _next_laptops(
    connection: sa.Connection, org_id: UUID, low: date, high: date, after: UUID | None
) -> Sequence[UUID]:
    """Laptops of which there is anything on these days, in the order of their ids."""
    found: set[UUID] = set()
    for table in DAY_TABLES:
        query = sa.select(table.c.device_id).distinct().order_by(table.c.device_id).limit(LAPTOPS_AT_ONCE)
        query = query.where(table.c.org_id == org_id, table.c.day.between(low, high))
        found.update(connection.scalars(query if after is None else query.where(table.c.device_id > after)))
    return sorted(found)[:LAPTOPS_AT_ONCE]


def _refold_laptops(
    connection: sa.Connection, org_id: UUID, laptops: Sequence[UUID], low: date, high: date
) -> Refolded:
    def these(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return table.c.org_id == org_id, table.c.device_id.in_(laptops), table.c.day.between(low, high)

    def digest() -> Digest:
        return sum((digest_of(connection, table, *these(table)) for table in _DERIVED), NOTHING)

    before = digest()
    lost = _days_without_bytes(connection, these(raw_batch))
    for table in _DERIVED:
        kept = sa.tuple_(table.c.device_id, table.c.day).in_(lost) if lost else sa.false()
        connection.execute(sa.delete(table).where(*these(table), ~kept))
    batches = 0
    for rows in _batches(connection, these(raw_batch)):
        by_receipt: dict[date, list[Delivery]] = defaultdict(list)
        for row in rows:
            by_receipt[row.received_day].append(_delivery(row))
        for received, deliveries in sorted(by_receipt.items()):
            fold(connection, deliveries, received)
        batches += len(rows)
    return Refolded(batches, len(lost), before, digest())


def _days_without_bytes(
    connection: sa.Connection, these: tuple[sa.ColumnElement[bool], ...]
) -> list[tuple[UUID, date]]:
    """Laptops' days whose newest edition has lost its bytes, which only superseded ones should."""
    newer = raw_batch.alias("newer")
    superseded = (
        sa.select(newer.c.day)
        .where(newer.c.org_id == raw_batch.c.org_id, newer.c.device_id == raw_batch.c.device_id)
        .where(newer.c.day == raw_batch.c.day, newer.c.body.is_not(None))
        .where(newer.c.revision > raw_batch.c.revision)
    )
    query = sa.select(raw_batch.c.device_id, raw_batch.c.day).distinct()
    query = query.where(*these, raw_batch.c.body.is_(None), ~sa.exists(superseded))
    return [(row.device_id, row.day) for row in connection.execute(query)]


def _batches(
    connection: sa.Connection, these: tuple[sa.ColumnElement[bool], ...]
) -> Iterator[Sequence[sa.Row[Any]]]:
    """Batches that have their bytes, a few at a time, in the order of their keys."""
    key = [column for column in raw_batch.primary_key if column.name != "org_id"]
    query = sa.select(raw_batch).where(*these, raw_batch.c.body.is_not(None)).order_by(*key)
    rows = connection.execute(query.limit(BODIES_AT_ONCE)).all()
    while rows:
        yield rows
        last = (rows[-1].device_id, rows[-1].day, rows[-1].batch_id)
        later = sa.tuple_(*key) > sa.tuple_(*map(sa.literal, last, (column.type for column in key)))
        rows = connection.execute(query.where(later).limit(BODIES_AT_ONCE)).all()


def _delivery(row: sa.Row[Any]) -> Delivery:
    try:
        batch = parse_batch(stored_json(row.body)).batch
    except Problem as error:
        raise UsageError(
            f"The batch {row.batch_id} of {row.day} cannot be read any more ({error}); "
            "its laptops were left as they are."
        ) from error
    return Delivery(row.org_id, row.device_id, batch, row.body)
