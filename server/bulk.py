"""Write many rows at the cost of one: one driver-level statement per table, no ORM, on both databases.

PostgreSQL takes all rows as one JSON parameter; SQLite, which has no way there, takes them one by one
through one prepared statement. Rows are tuples of Python values in the order of `columns`; every table must
name `org_id`. What comes back are primary keys, as tuples of Python values.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Row = tuple[Any, ...]
Key = tuple[Any, ...]

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class Target:
    """A table and the columns that rows for it give."""

    table: sa.Table
    columns: tuple[str, ...]

    @functools.cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.primary_key)

    @functools.cached_property
    def key_of(self) -> Callable[[Row], Key]:
        """Takes a row, gives its primary key."""
        return operator.itemgetter(*(self.columns.index(name) for name in self.key))

    @functools.cached_property
    def sqlite_packers(self) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
        """Places in a row whose values SQLite keeps in another form."""
        packers = (
            (place, _sqlite_packer(self.table.c[name].type)) for place, name in enumerate(self.columns)
        )
        return tuple((place, pack) for place, pack in packers if pack is not None)


def target(table: sa.Table, *columns: str) -> Target:
    """All columns of the table in their order, unless some are named."""
    return Target(table, columns or tuple(column.name for column in table.columns))


def insert_new(connection: sa.Connection, into: Target, rows: Sequence[Row]) -> set[Key]:
    """Insert what is not there yet; keys of the inserted rows. No key may occur twice in `rows`."""
    return _write(connection, into, rows, "DO NOTHING")


def replace_older(connection: sa.Connection, into: Target, rows: Sequence[Row], by: str) -> set[Key]:
    """Insert, or replace a row whose number in column `by` is lower; keys of the rows that were written.

    No key may occur twice in `rows`.
    """
    values = ", ".join(f"{name} = excluded.{name}" for name in into.columns if name not in into.key)
    newer = f"{into.table.name}.{by} < excluded.{by}"
    return _write(connection, into, rows, f"DO UPDATE SET {values} WHERE {newer}")


def delete_where(
    connection: sa.Connection, table: sa.Table, by: tuple[str, ...], keys: Iterable[Key]
) -> None:
    """Delete all rows whose columns `by` have one of these values."""
    wanted = Target(table, by)
    found = sorted(keys)
    if not found:
        return
    if connection.dialect.name == "sqlite":
        condition = " AND ".join(f"{name} = ?" for name in by)
        statement = f"DELETE FROM {table.name} WHERE {condition}"  # noqa: S608 (names of our own columns)
        connection.exec_driver_sql(statement, [_sqlite_row(wanted, key) for key in found])
        return
    condition = " AND ".join(f"{table.name}.{name} = r.{name}" for name in by)
    statement = f"DELETE FROM {table.name} USING {_recordset(wanted)} WHERE {condition}"  # noqa: S608
    connection.exec_driver_sql(statement, (_as_json(wanted, found),))


def _write(connection: sa.Connection, into: Target, rows: Sequence[Row], on_conflict: str) -> set[Key]:
    if not rows:
        return set()
    ordered = sorted(rows, key=into.key_of)  # two writers that meet wait for each other instead of dying
    if connection.dialect.name == "sqlite":
        return _write_sqlite(connection, into, ordered, on_conflict)
    names, key = ", ".join(into.columns), ", ".join(into.key)
    values = ", ".join(_unpacked(into, name) for name in into.columns)
    statement = (
        f"INSERT INTO {into.table.name} ({names}) SELECT {values} FROM {_recordset(into)}"  # noqa: S608
        f" ON CONFLICT ({key}) {on_conflict} RETURNING {key}"
    )
    written = connection.exec_driver_sql(statement, (_as_json(into, ordered),))
    return {tuple(row) for row in written}


def _write_sqlite(connection: sa.Connection, into: Target, rows: Sequence[Row], on_conflict: str) -> set[Key]:
    names, key = ", ".join(into.columns), ", ".join(into.key)
    places = ", ".join("?" * len(into.columns))
    statement = (
        f"INSERT INTO {into.table.name} ({names}) VALUES ({places})"  # noqa: S608
        f" ON CONFLICT ({key}) {on_conflict}"
    )
    cursor = connection.connection.cursor()
    written = set()
    try:
        for row in rows:
            cursor.execute(statement, _sqlite_row(into, row))
            if cursor.rowcount:
                written.add(into.key_of(row))
    finally:
        cursor.close()
    return written


@functools.cache
def _recordset(rows: Target) -> str:
    """The JSON parameter as rows of a table `r`."""
    types = ", ".join(f"{name} {_json_type(rows.table.c[name])}" for name in rows.columns)
    return f"json_to_recordset(%s::json) AS r({types})"


def _json_type(column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.LargeBinary):
        return "text"  # base64, see _unpacked
    return str(column.type.compile(dialect=_POSTGRESQL))


def _unpacked(into: Target, name: str) -> str:
    binary = isinstance(into.table.c[name].type, sa.LargeBinary)
    return f"decode(r.{name}, 'base64')" if binary else f"r.{name}"


def _as_json(rows: Target, found: Sequence[Row]) -> str:
    return _ENCODER.encode([dict(zip(rows.columns, row, strict=True)) for row in found]).decode()


def _sqlite_row(rows: Target, row: Row) -> Row:
    packed = list(row)
    for place, pack in rows.sqlite_packers:
        if packed[place] is not None:
            packed[place] = pack(packed[place])
    return tuple(packed)


def _sqlite_packer(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How SQLAlchemy's type keeps values in SQLite; None if as they are."""
    if isinstance(kind, sa.Uuid):
        return operator.attrgetter("hex")
    if isinstance(kind, sa.Date):
        return date.isoformat
    if isinstance(kind, sa.JSON):
        return lambda value: _ENCODER.encode(value).decode()
    return None
