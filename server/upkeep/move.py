"""Move an embedded store into an empty PostgreSQL: table by table, in the order of keys, compared at the end.

Each piece is one transaction there, with a note of how far it came; so a move that was ended in any way goes
on where it was. Nobody writes to the embedded store meanwhile: laptops are told to come back later.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db import Store, without_org
from server.digests import NOTHING, Digest, digest_of
from server.errors import UsageError
from server.ingest.models import DAY_TABLES
from server.ingest.partitions import ensure_partitions
from server.revisions import revisions
from server.schema import metadata
from server.upkeep.migrate import upgrade

ROWS_AT_ONCE = 200
"""Rows in one transaction; with the largest bodies of batches they take 50 MiB."""

_LOCK = 4_103_993  # any number but those of migrations and partitions
_EVERYTHING = without_org("moves the rows of all organisations")

_note = sa.Table(
    "unfinished_move",
    sa.MetaData(),
    sa.Column("table_name", sa.String(), primary_key=True),
    sa.Column("source", sa.String(), nullable=False),
    sa.Column("last_key", sa.JSON(none_as_null=True)),
)
"""In the target until the move is finished: per table the key of the last row that is there."""


def move(source: Store, target: Store, say: Callable[[str], None]) -> Digest:
    """Copy all rows and compare them; `say` gets a line per table. Returns the digest of everything.

    UsageError where the source is no embedded store of this version, or where the target holds anything but
    an unfinished move of this very source.
    """
    _check_source(source)
    if target.is_sqlite:
        raise UsageError("A store is moved to PostgreSQL; name it as postgresql://…")
    with _alone(target), source.engine.begin() as reading:  # as a writer, so that there is no other
        _claim(target, str(source.engine.url.database))
        upgrade(target)
        _make_weeks(reading, target)
        for table in metadata.sorted_tables:
            _copy(reading, target, table)
        total = _compare(reading, target, say)
        with target.engine.begin() as connection:
            _note.drop(connection)
    return total


def _check_source(source: Store) -> None:
    if not source.is_sqlite:
        raise UsageError("The store is PostgreSQL already; only an embedded one is moved.")
    found, needed = revisions(source)
    if found != needed:
        raise UsageError("The embedded store has another version; run: dex-server db upgrade")


@contextmanager
def _alone(target: Store) -> Iterator[None]:
    """Two moves into one database would write each other's rows twice."""
    with target.engine.connect() as connection:  # the lock ends with its transaction, also behind a pooler
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))):
            raise UsageError("Another move into this database is under way.")
        yield


def _claim(target: Store, source: str) -> None:
    """Note in an empty database whose rows come; or find that they are ours."""
    with target.engine.begin() as connection:
        if not sa.inspect(connection).has_table(_note.name):
            if sa.inspect(connection).get_table_names():
                raise UsageError("The database is not empty; a store is moved into an empty one.")
            _note.create(connection)
            rows = [{"table_name": table.name, "source": source} for table in metadata.sorted_tables]
            connection.execute(sa.insert(_note), rows)
        elif connection.scalar(sa.select(_note.c.source).distinct()) != source:
            raise UsageError("The database holds an unfinished move of another store; name an empty one.")


def _make_weeks(reading: sa.Connection, target: Store) -> None:
    for table in DAY_TABLES:
        query = sa.select(sa.func.min(table.c.day), sa.func.max(table.c.day))
        low, high = reading.execute(query, execution_options=_EVERYTHING).one()
        if low is not None:
            ensure_partitions(target, low, high)


def _copy(reading: sa.Connection, target: Store, table: sa.Table) -> None:
    """The rows that are not there yet, and with each piece the note of how far it came."""
    key = list(table.primary_key)
    query = sa.select(table).order_by(*key).limit(ROWS_AT_ONCE)
    with target.engine.connect() as connection:
        noted = connection.scalar(sa.select(_note.c.last_key).where(_note.c.table_name == table.name))
    while True:
        later = _after(key, noted) if noted is not None else sa.true()
        rows = reading.execute(query.where(later), execution_options=_EVERYTHING).mappings().all()
        if not rows:
            return
        noted = [msgspec.to_builtins(rows[-1][column.name]) for column in key]
        with target.engine.begin() as connection:
            _insert(connection, table, [dict(row) for row in rows])
            progress = sa.update(_note).where(_note.c.table_name == table.name)
            connection.execute(progress.values(last_key=noted))


def _after(key: Sequence[sa.Column[Any]], noted: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that a row comes later than this key in the order of the embedded store."""
    values = [
        sa.literal(msgspec.convert(value, column.type.python_type), column.type)
        for column, value in zip(key, noted, strict=True)
    ]
    return sa.tuple_(*key) > sa.tuple_(*values)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    try:
        connection.execute(sa.insert(table), rows)
    except sa.exc.DataError as error:  # as a text with a zero byte, which SQLite takes
        reason = str(error.orig).partition("\n")[0]
        raise UsageError(f"PostgreSQL does not take a row of {table.name}: {reason}.") from None
    except sa.exc.IntegrityError:
        raise UsageError(
            f"A row of {table.name} is there already: somebody else writes to this database. "
            "Begin again in an empty one."
        ) from None


def _compare(reading: sa.Connection, target: Store, say: Callable[[str], None]) -> Digest:
    """Count and fingerprint every table on both sides. UsageError naming those that differ."""
    total = NOTHING
    different = []
    for table in metadata.sorted_tables:
        here = digest_of(reading, table)
        with target.engine.connect() as connection:
            there = digest_of(connection, table)
        say(f"{table.name}: {there.rows} rows {there}")
        if here != there:
            different.append(table.name)
        total += here
    if different:
        raise UsageError(
            f"These tables differ: {', '.join(different)}. The embedded store was written to between two "
            "parts of the move; begin again in an empty database."
        )
    return total
