"""What is kept how long, and the daily job that ends it (docs/privacy.md).

Rows of laptops go by whole weeks, once the last day of the week may go; the same on both databases.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from agent.signals import RAW_DAYS, ROW_DAYS
from server.db import Store
from server.ingest.models import DAY_TABLES, device_day, raw_batch
from server.ingest.partitions import drop_before
from server.people.organisations import organisations
from server.people.weeks import period_of, week_of
from server.privacy.models import PersonWeekRow
from server.pulse.models import PulseComment
from server.schema import metadata

SUPERSEDED_DAYS = 2
"""Bytes of a summary that a later edition replaced are kept so long; the ledger of its arrival stays."""
PERSON_WEEKS = 26
COMMENT_WEEKS = 52
RELEASE_WEEKS = 156
"""Three years."""
FREED_PAGES = 10_000
"""Pages that SQLite gives back at a time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a table that go when their week or period lies further back than `weeks`."""

    table: sa.Table
    column: str
    weeks: int
    name_of: Callable[[date], str]
    """The week or period a day lies in; names sort like the times they stand for."""


def _period_on(day: date) -> str:
    return period_of(week_of(day))


def kept_tables() -> Iterator[Kept]:
    """Every table whose rows carry a week or a period: what is released is kept longest."""
    shorter = {PersonWeekRow.__tablename__: PERSON_WEEKS, PulseComment.__tablename__: COMMENT_WEEKS}
    names: Mapping[str, Callable[[date], str]] = {"week": week_of, "period": _period_on}
    for table in metadata.sorted_tables:
        for column, name_of in names.items():
            if column in table.c:
                yield Kept(table, column, shorter.get(table.name, RELEASE_WEEKS), name_of)


def retention(store: Store, now: datetime) -> str:
    """Delete what is too old. Safe to repeat and to be killed in."""
    today = now.date()
    for table in DAY_TABLES:
        drop_before(store, table, today - timedelta(days=RAW_DAYS if table is raw_batch else ROW_DAYS))
    with store.reading() as session:
        ids = [organisation.org_id for organisation in organisations(session)]
    emptied = deleted = 0
    for org_id in ids:
        for back in range(SUPERSEDED_DAYS, RAW_DAYS + 7):
            emptied += _empty_superseded(store, org_id, today - timedelta(days=back))
        deleted += sum(_delete(store, org_id, kept, today) for kept in kept_tables())
    if store.is_sqlite:
        _shrink(store)
    return f"{emptied} superseded bodies emptied, {deleted} old rows deleted"


def _shrink(store: Store) -> None:
    """Give free pages of a SQLite file back. Only a script steps through this pragma to its end."""
    with closing(store.engine.raw_connection()) as connection:
        connection.cursor().executescript(f"PRAGMA incremental_vacuum({FREED_PAGES})")


def _delete(store: Store, org_id: UUID, kept: Kept, today: date) -> int:
    first_kept = kept.name_of(today - timedelta(weeks=kept.weeks))
    where = (kept.table.c.org_id == org_id, kept.table.c[kept.column] < first_kept)
    with store.engine.begin() as connection:
        return connection.execute(sa.delete(kept.table).where(*where)).rowcount


def _empty_superseded(store: Store, org_id: UUID, day: date) -> int:
    """One day at a time, so that laptops need not wait for it."""
    newer = (
        sa.select(device_day.c.day)
        .where(device_day.c.org_id == raw_batch.c.org_id, device_day.c.device_id == raw_batch.c.device_id)
        .where(device_day.c.day == raw_batch.c.day, device_day.c.revision > raw_batch.c.revision)
    )
    statement = (
        sa.update(raw_batch)
        .where(raw_batch.c.org_id == org_id, raw_batch.c.day == day, raw_batch.c.events == 0)
        .where(raw_batch.c.body.is_not(None), sa.exists(newer))
        .values(body=None)
    )
    with store.engine.begin() as connection:
        return connection.execute(statement).rowcount
