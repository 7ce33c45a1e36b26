"""Write many rows at the cost of one: one driver-level statement per table, no ORM, on both databases.

PostgreSQL takes all rows as one JSON parameter, or as a copy where none can be there already; SQLite, which
has neither, takes them one by one through one prepared statement. Rows are tuples of Python values in the
order of `columns`. What comes back are primary keys, as tuples of Python values.

Some of it speaks to the driver itself, where the guard of `server/db.py` does not listen. So a `Target` is
refused whose columns leave out the organisation, and a condition that does.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from server.db import tenant_tables

Row = tuple[Any, ...]
Key = tuple[Any, ...]

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
_ENCODER = msgspec.json.Encoder()
_SQLITE_UNPACKERS: dict[type[sa.types.TypeEngine[Any]], Callable[[Any], Any]] = {
    sa.Uuid: UUID,
    sa.Date: date.fromisoformat,
    sa.Boolean: bool,
}


@dataclass(frozen=True)
class Target:
    """A table and the columns that rows for it give."""

    table: sa.Table
    columns: tuple[str, ...]

    @functools.cached_property
    def shape(self) -> type[msgspec.Struct]:
        """A row as an object, which becomes JSON much faster than a dict does."""
        return msgspec.defstruct(str(self.table.name), list(self.columns), gc=False)

    @functools.cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(str(column.name) for column in self.table.primary_key)

    @functools.cached_property
    def replacing(self) -> str:
        """What an upsert sets to replace a row."""
        return ", ".join(f"{name} = excluded.{name}" for name in self.columns if name not in self.key)

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

    @functools.cached_property
    def sqlite_unpackers(self) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
        """The same places, and how their values come out again."""
        kinds = ((place, self.table.c[name].type) for place, name in enumerate(self.columns))
        return tuple(
            (place, unpack)
            for place, kind in kinds
            for of, unpack in _SQLITE_UNPACKERS.items()
            if isinstance(kind, of)
        )

    @functools.cached_property
    def copied_types(self) -> list[str]:
        """What PostgreSQL calls the columns' types; JSON travels as its text."""
        kinds = (self.table.c[name].type for name in self.columns)
        return ["text" if isinstance(kind, sa.JSON) else _type_name(kind) for kind in kinds]

    @functools.cached_property
    def has_json(self) -> bool:
        return any(isinstance(self.table.c[name].type, sa.JSON) for name in self.columns)

    def packed_json(self, row: Row) -> Row:
        """A row with JSON as its text."""
        return tuple(
            _ENCODER.encode(value).decode() if isinstance(value, (dict, list)) else value for value in row
        )


def target(table: sa.Table, *columns: str) -> Target:
    """All columns of the table in their order, unless some are named."""
    return Target(table, tuple(str(name) for name in columns or table.columns.keys()))


def insert(connection: sa.Connection, into: Target, rows: Sequence[Row]) -> None:
    """Insert rows of which none is there."""
    if not rows:
        return
    _must_name_org(into.table, into.columns)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_insert_sqlite(into), _sqlite_rows(into, rows))
    else:
        _copy(connection, into, rows)


def insert_new(connection: sa.Connection, into: Target, rows: Sequence[Row]) -> set[Key]:
    """Insert what is not there yet; keys of the inserted rows. No key may occur twice in `rows`."""
    return _write(connection, into, rows, "DO NOTHING")


def insert_missing(connection: sa.Connection, into: Target, rows: Sequence[Row]) -> None:
    """As `insert_new`, where nobody needs to know which ones were inserted."""
    _write(connection, into, rows, "DO NOTHING", tell=False)


def replace_older(connection: sa.Connection, into: Target, rows: Sequence[Row], by: str) -> set[Key]:
    """Insert, or replace a row whose number in column `by` is lower; keys of the rows that were written.

    No key may occur twice in `rows`.
    """
    newer = f"{into.table.name}.{by} < excluded.{by}"
    return _write(connection, into, rows, f"DO UPDATE SET {into.replacing} WHERE {newer}")


def add_to(connection: sa.Connection, into: Target, rows: Sequence[Row], count: str) -> None:
    """Insert, or add to the number in column `count` of the row that is there.

    No key may occur twice in `rows`.
    """
    total = f"{into.table.name}.{count} + excluded.{count}"
    _write(connection, into, rows, f"DO UPDATE SET {count} = {total}", tell=False)


def find_where(
    connection: sa.Connection, found: Target, by: tuple[str, ...], keys: Iterable[Key]
) -> list[Row]:
    """The columns `found` of all rows whose columns `by` have one of these values."""
    _must_name_org(found.table, by)
    wanted, rows = _keyed(found.table, by), list(keys)
    names = ", ".join(f"{found.table.name}.{name}" for name in found.columns)
    statement = f"SELECT {names} FROM {found.table.name}"  # noqa: S608 (names of our own columns)
    if connection.dialect.name == "sqlite":
        statement += f" WHERE {_equal_to(by, '?')}"
        with _driver(connection, statement) as cursor:
            answers = [row for key in _sqlite_rows(wanted, rows) for row in cursor.execute(statement, key)]
        return [_from_sqlite(found, row) for row in answers]
    # The limit tells the planner how few they are, so that it looks them up in place of reading all rows.
    same = " AND ".join(f"{found.table.name}.{name} = r.{name}" for name in by)
    statement += f", (SELECT * FROM {_recordset(wanted)} LIMIT %s) AS r WHERE {same}"  # noqa: S608
    answer = connection.exec_driver_sql(statement, (_as_json(wanted, rows), len(rows)))
    return [tuple(row) for row in answer]


def delete_where(
    connection: sa.Connection, table: sa.Table, by: tuple[str, ...], keys: Iterable[Key]
) -> None:
    """Delete all rows whose columns `by` have one of these values."""
    _must_name_org(table, by)
    rows = sorted(keys)
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        rows, place = _sqlite_rows(_keyed(table, by), rows), "?"
    else:
        place = "%s"
    statement = f"DELETE FROM {table.name} WHERE {_equal_to(by, place)}"  # noqa: S608
    connection.exec_driver_sql(statement, rows)


@functools.cache
def _keyed(table: sa.Table, by: tuple[str, ...]) -> Target:
    """The columns of a condition; made once, with all that is worked out for a target."""
    return Target(table, by)


def _must_name_org(table: sa.Table, columns: Iterable[str]) -> None:
    if "org_id" not in columns and table.name in tenant_tables():
        raise RuntimeError(f"rows of {table.name} do not name org_id")


def _equal_to(names: Iterable[str], place: str) -> str:
    return " AND ".join(f"{name} = {place}" for name in names)


def _write(
    connection: sa.Connection, into: Target, rows: Sequence[Row], on_conflict: str, tell: bool = True
) -> set[Key]:
    """Insert rows; keys of those that were written, if `tell`."""
    if not rows:
        return set()
    _must_name_org(into.table, into.columns)
    key = ", ".join(into.key)
    conflict = f" ON CONFLICT ({key}) {on_conflict}"
    if connection.dialect.name == "sqlite":
        return _write_sqlite(connection, into, rows, _insert_sqlite(into) + conflict, tell)
    ordered = sorted(rows, key=into.key_of)  # two writers that meet wait for each other instead of dying
    statement = _insert_postgresql(into) + conflict
    if not tell:
        connection.exec_driver_sql(statement, (_as_json(into, ordered),))
        return set()
    written = connection.exec_driver_sql(f"{statement} RETURNING {key}", (_as_json(into, ordered),))
    return {tuple(row) for row in written}


@functools.cache
def _insert_sqlite(into: Target) -> str:
    places = ", ".join("?" * len(into.columns))
    return f"INSERT INTO {into.table.name} ({', '.join(into.columns)}) VALUES ({places})"  # noqa: S608


@functools.cache
def _insert_postgresql(into: Target) -> str:
    names, values = ", ".join(into.columns), ", ".join(_unpacked(into, name) for name in into.columns)
    return f"INSERT INTO {into.table.name} ({names}) SELECT {values} FROM {_recordset(into)}"  # noqa: S608


def _write_sqlite(
    connection: sa.Connection, into: Target, rows: Sequence[Row], statement: str, tell: bool
) -> set[Key]:
    if not tell:
        connection.exec_driver_sql(statement, _sqlite_rows(into, rows))
        return set()
    written = set()
    with _driver(connection, statement) as cursor:
        for row, packed in zip(rows, _sqlite_rows(into, rows), strict=True):
            cursor.execute(statement, packed)
            if cursor.rowcount:
                written.add(into.key_of(row))
    return written


def _copy(connection: sa.Connection, into: Target, rows: Sequence[Row]) -> None:
    statement = f"COPY {into.table.name} ({', '.join(into.columns)}) FROM STDIN (FORMAT binary)"
    with _driver(connection, statement) as cursor, cursor.copy(statement) as copy:
        copy.set_types(into.copied_types)
        for row in map(into.packed_json, rows) if into.has_json else rows:
            copy.write_row(row)


@contextmanager
def _driver(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """A cursor of the driver's own, whose errors are those of all other statements."""
    driver: Any = connection.dialect.loaded_dbapi
    try:
        with closing(connection.connection.cursor()) as cursor:
            yield cursor
    except driver.Error as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True
        ) from error


@functools.cache
def _recordset(rows: Target) -> str:
    """The JSON parameter as rows of a table `r`."""
    types = ", ".join(f"{name} {_json_type(rows.table.c[name])}" for name in rows.columns)
    return f"json_to_recordset(%s::json) AS r({types})"


def _json_type(column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.LargeBinary):
        return "text"  # base64, see _unpacked
    return _type_name(column.type)


def _type_name(kind: sa.types.TypeEngine[Any]) -> str:
    return str(kind.compile(dialect=_POSTGRESQL)).lower()


def _unpacked(into: Target, name: str) -> str:
    binary = isinstance(into.table.c[name].type, sa.LargeBinary)
    return f"decode(r.{name}, 'base64')" if binary else f"r.{name}"


def _as_json(rows: Target, found: Sequence[Row]) -> str:
    return _ENCODER.encode([rows.shape(*row) for row in found]).decode()


def _sqlite_rows(rows: Target, found: Sequence[Row]) -> list[Row]:
    """The rows as SQLite keeps them."""
    columns: list[Iterable[Any]] = list(zip(*found, strict=True))
    for place, pack in rows.sqlite_packers if found else ():
        columns[place] = _packed(columns[place], pack)
    return list(zip(*columns, strict=True))


def _packed(values: Iterable[Any], pack: Callable[[Any], Any]) -> Iterator[Any]:
    """Neighbours are often the same value, as rows of one laptop's day share its key: it is packed once."""
    last = shown = None
    for value in values:
        if value is not last:
            last, shown = value, pack(value) if value is not None else None
        yield shown


def _from_sqlite(rows: Target, row: Row) -> Row:
    values = list(row)
    for place, unpack in rows.sqlite_unpackers:
        if values[place] is not None:
            values[place] = unpack(values[place])
    return tuple(values)


def _sqlite_packer(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How SQLAlchemy's type keeps values in SQLite; None if as they are."""
    if isinstance(kind, sa.Uuid):
        return operator.attrgetter("hex")
    if isinstance(kind, sa.Date):
        return date.isoformat
    if isinstance(kind, sa.JSON):
        return lambda value: _ENCODER.encode(value).decode()
    return None
