"""The daily job that ends what was kept long enough (`server/terms.py`, `retention_rules.py`).

Rows of laptops go by whole weeks, once the last day of the week may go; the same on both databases. Whatever
it does, it does in short transactions, so that laptops need not wait for it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from agent.signals import RAW_DAYS
from server.access.audit_chain import count_before, end_before
from server.db import Base, Store
from server.ingest.models import device_day, raw_batch
from server.ingest.partitions import drop_before, weeks_before
from server.people.models import PersonRow
from server.people.organisations import for_each_organisation
from server.postgresql import patient
from server.terms import Terms, terms_in_force
from server.upkeep.retention_rules import OF_AUDIT, OF_INSTALLATION, OF_LEAVERS, WEEKLY, rules

DELETED_AT_ONCE = 5000
PEOPLE_AT_ONCE = 200
FREED_PAGES = 10_000
"""Pages that SQLite gives back at a time."""
_DAY = timedelta(days=1)
_PERSON = Base.metadata.tables[PersonRow.__tablename__]


@dataclass(frozen=True, slots=True)
class Ended:
    """How many rows of a table went, or would go, because they are older than `kept`; or whole weeks, or the
    bytes of batches."""

    table: str
    kept: str
    says: str
    count: int
    unit: Literal["rows", "weeks", "bodies"] = "rows"


def retention(store: Store, now: datetime) -> str:
    """Delete what is too old. Safe to repeat and to be killed in."""
    ended = sweep(store, now.date())
    emptied = sum(one.count for one in ended if one.unit == "bodies")
    deleted = sum(one.count for one in ended) - emptied
    return f"{emptied} bodies emptied, {deleted} old rows and weeks deleted"


def sweep(store: Store, today: date, dry: bool = False) -> list[Ended]:
    """End everything whose time is over; with `dry`, only count it."""
    with store.reading() as session:
        terms = terms_in_force(session)
    found = [*_weeks(store, terms, today, dry), *_installation(store, terms, today, dry)]
    each = for_each_organisation(
        store, lambda of: list(_of_organisation(store, of.org_id, terms, today, dry))
    )
    found += [replace(same[0], count=sum(one.count for one in same)) for same in zip(*each, strict=True)]
    if store.is_sqlite and not dry:
        shrink(store)
    return found


def shrink(store: Store) -> None:
    """Give free pages of a SQLite file back. Only a script steps through this pragma to its end."""
    with closing(store.engine.raw_connection()) as connection:
        connection.cursor().executescript(f"PRAGMA incremental_vacuum({FREED_PAGES})")


def _weeks(store: Store, terms: Terms, today: date, dry: bool) -> Iterator[Ended]:
    unit: Literal["rows", "weeks"] = "rows" if store.is_sqlite else "weeks"
    end = weeks_before if dry else drop_before
    ledger = end(store, raw_batch, today - RAW_DAYS * _DAY)
    yield Ended(raw_batch.name, f"{RAW_DAYS} days", "the ledger of arrivals", ledger, unit)
    for table, term in WEEKLY.items():
        count = end(store, table, terms.first_kept(term, today))
        yield Ended(table.name, terms.words(term), "days of laptops", count, unit)


def _installation(store: Store, terms: Terms, today: date, dry: bool) -> Iterator[Ended]:
    for rule in OF_INSTALLATION:
        gone = rule.gone(terms.first_kept(rule.term, today))
        yield Ended(
            rule.table.name, terms.words(rule.term), rule.says, end_rows(store, rule.table, (gone,), dry)
        )


def _of_organisation(store: Store, org_id: UUID, terms: Terms, today: date, dry: bool) -> Iterator[Ended]:
    """What ends of one organisation; for each the same tables in the same order."""
    yield from _bodies(store, org_id, terms, today, dry)
    for rule in rules():
        gone = (rule.table.c.org_id == org_id, rule.gone(terms.first_kept(rule.term, today)))
        yield Ended(
            rule.table.name, terms.words(rule.term), rule.says, end_rows(store, rule.table, gone, dry)
        )
    yield from _leavers(store, org_id, terms, today, dry)
    table, term, says = OF_AUDIT
    first = terms.first_kept(term, today)
    with store.reading() if dry else store.transaction() as session:
        count = (count_before if dry else end_before)(session, org_id, first)
    yield Ended(table.name, terms.words(term), says, count)


def _bodies(store: Store, org_id: UUID, terms: Terms, today: date, dry: bool) -> Iterator[Ended]:
    """Bytes of summaries that a later edition replaced, and all bytes where these are kept shorter."""
    newer = (
        sa.select(device_day.c.day)
        .where(device_day.c.org_id == raw_batch.c.org_id, device_day.c.device_id == raw_batch.c.device_id)
        .where(device_day.c.day == raw_batch.c.day, device_day.c.revision > raw_batch.c.revision)
    )
    replaced = sa.and_(raw_batch.c.events == 0, sa.exists(newer))
    for term, says, which in (
        ("replaced", "bytes of replaced summaries", replaced),
        ("batches", "bytes of batches", sa.true()),
    ):
        first = terms.first_kept(term, today)
        whole = sa.and_(raw_batch.c.body.is_not(None), which)
        count = _empty(store, org_id, whole, first, today, dry)
        yield Ended(raw_batch.name, terms.words(term), says, count, "bodies")


def _empty(
    store: Store, org_id: UUID, which: sa.ColumnElement[bool], first: date, today: date, dry: bool
) -> int:
    """Take the bytes of batches about days before `first`; found by weeks, as they lie, and taken by days."""
    of_org = sa.and_(raw_batch.c.org_id == org_id, which)
    emptied = 0
    begun = today - (RAW_DAYS + 7) * _DAY
    while begun < first:
        until = min(begun + 7 * _DAY, first)
        found = sa.select(raw_batch.c.day, sa.func.count().label("n")).where(of_org).group_by(raw_batch.c.day)
        with store.reading() as session:
            week = found.where(raw_batch.c.day >= begun, raw_batch.c.day < until)
            days = {row.day: row.n for row in session.execute(week)}
        if not dry:
            for day in days:
                statement = sa.update(raw_batch).where(of_org, raw_batch.c.day == day).values(body=None)
                with _transaction(store) as connection:
                    connection.execute(statement)
        emptied += sum(days.values())
        begun = until
    return emptied


def _leavers(store: Store, org_id: UUID, terms: Terms, today: date, dry: bool) -> list[Ended]:
    """Everything of people whose last day is older than their term; of one person all or nothing."""
    first = terms.first_kept("leavers", today)
    counts = dict.fromkeys((table for table, _ in OF_LEAVERS), 0)
    left = sa.select(_PERSON.c.person_id).where(_PERSON.c.org_id == org_id, _PERSON.c.last_day < first)
    with store.reading() as session:
        people = session.scalars(left.order_by(_PERSON.c.person_id)).all()
    for at in range(0, len(people), PEOPLE_AT_ONCE):
        some = people[at : at + PEOPLE_AT_ONCE]
        with _transaction(store, dry) as connection:
            for table in counts:
                these = (table.c.org_id == org_id, table.c.person_id.in_(some))
                counts[table] += (_count if dry else _delete)(connection, table, these)
    kept = terms.words("leavers")
    return [Ended(table.name, kept, says, counts[table]) for table, says in OF_LEAVERS]


Where = tuple[sa.ColumnElement[bool], ...]


def end_rows(store: Store, table: sa.Table, where: Where, dry: bool = False) -> int:
    """Delete these rows, on SQLite some at a time, or count them."""
    if dry or not store.is_sqlite:
        with _transaction(store, dry) as connection:
            return (_count if dry else _delete)(connection, table, where)
    key = sa.tuple_(*table.primary_key)
    some = sa.select(*table.primary_key).where(*where).limit(DELETED_AT_ONCE)
    org = where[:1] if "org_id" in table.c else ()
    deleted = 0
    while True:
        with store.engine.begin() as connection:
            count = _delete(connection, table, (*org, key.in_(some)))
        deleted += count
        if count < DELETED_AT_ONCE:
            return deleted


@contextmanager
def _transaction(store: Store, dry: bool = False) -> Iterator[sa.Connection]:
    """One whose statements may take as long as they take: what a limit ended would be begun anew each night,
    with more to do. A `dry` one only reads, so that nobody waits for it."""
    with ExitStack() as stack:
        if dry:
            connection = stack.enter_context(store.reading()).connection()
        else:
            connection = stack.enter_context(store.engine.begin())
        if not store.is_sqlite:
            stack.enter_context(patient(connection))
        yield connection


def _count(connection: sa.Connection, table: sa.Table, where: Where) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _delete(connection: sa.Connection, table: sa.Table, where: Where) -> int:
    return connection.execute(sa.delete(table).where(*where)).rowcount
