"""Write many rows at the cost of one: one driver-level statement per table, no ORM, on both databases.

PostgreSQL takes all rows as one JSON parameter; SQLite, which has no way there, takes them one by one
through one prepared statement. Rows are tuples of Python values in the order of `columns`; every table must
name `org_id`. What comes back are primary keys, as tuples of Python values.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

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


def add_to(connection: sa.Connection, into: Target, rows: Sequence[Row], count: str) -> None:
    """Insert, or add to the number in column `count` of the row that is there.

    No key may occur twice in `rows`.
    """
    _write(connection, into, rows, f"DO UPDATE SET {count} = {into.table.name}.{count} + excluded.{count}")


def find_where(
    connection: sa.Connection, found: Target, by: tuple[str, ...], keys: Iterable[Key]
) -> list[Row]:
    """The columns `found` of all rows whose columns `by` have one of these values."""
    names = ", ".join(f"{found.table.name}.{name}" for name in found.columns)
    statement = f"SELECT {names} FROM {found.table.name}"  # noqa: S608 (names of our own columns)
    wanted = Target(found.table, by)
    if connection.dialect.name == "sqlite":
        statement += f" WHERE {_equal_to_parameters(by)}"
        with closing(connection.connection.cursor()) as cursor:
            rows = [
                row for key in sorted(keys) for row in cursor.execute(statement, _sqlite_row(wanted, key))
            ]
        return [_from_sqlite(found, row) for row in rows]
    return [tuple(row) for row in _matching(connection, statement + ",", wanted, keys)]


def delete_where(
    connection: sa.Connection, table: sa.Table, by: tuple[str, ...], keys: Iterable[Key]
) -> None:
    """Delete all rows whose columns `by` have one of these values."""
    statement = f"DELETE FROM {table.name}"  # noqa: S608
    wanted, rows = Target(table, by), sorted(keys)
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        parameters = [_sqlite_row(wanted, key) for key in rows]
        connection.exec_driver_sql(f"{statement} WHERE {_equal_to_parameters(by)}", parameters)
    else:
        _matching(connection, statement + " USING", wanted, rows)


def _equal_to_parameters(names: Iterable[str]) -> str:
    return " AND ".join(f"{name} = ?" for name in names)


def _matching(
    connection: sa.Connection, begun: str, wanted: Target, keys: Iterable[Key]
) -> sa.CursorResult[Any]:
    """Run a statement on PostgreSQL for the rows that have one of these keys.

    The limit tells the planner how few they are, so that it looks them up in place of reading all rows.
    """
    rows = sorted(keys)
    same = " AND ".join(f"{wanted.table.name}.{name} = r.{name}" for name in wanted.columns)
    few = f"SELECT * FROM {_recordset(wanted)} LIMIT %s"  # noqa: S608
    statement = f"{begun} ({few}) AS r WHERE {same}"
    return connection.exec_driver_sql(statement, (_as_json(wanted, rows), len(rows)))


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
    written = set()
    with closing(connection.connection.cursor()) as cursor:
        for row in rows:
            cursor.execute(statement, _sqlite_row(into, row))
            if cursor.rowcount:
                written.add(into.key_of(row))
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


def _from_sqlite(rows: Target, row: Row) -> Row:
    kinds = (rows.table.c[name].type for name in rows.columns)
    return tuple(
        UUID(v) if v is not None and isinstance(k, sa.Uuid) else v for k, v in zip(kinds, row, strict=True)
    )


def _sqlite_packer(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How SQLAlchemy's type keeps values in SQLite; None if as they are."""
    if isinstance(kind, sa.Uuid):
        return operator.attrgetter("hex")
    if isinstance(kind, sa.Date):
        return date.isoformat
    if isinstance(kind, sa.JSON):
        return lambda value: _ENCODER.encode(value).decode()
    return None
