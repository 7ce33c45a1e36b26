"""The store: one schema on SQLite and PostgreSQL.

Rules of the schema (docs/decisions/0002-one-schema.md), held by tests/server/test_schema.py: every table
says in `info["scale"]` whose rows it holds, every key starts with the organisation, ids are made by the
client, and no statement leaves out `org_id` unless it names its reason (`without_org`).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session

from server.errors import UsageError
from server.postgresql import hosts_in_query, postgresql_engine

Scale = Literal["device", "tenant", "reference", "local"]
"""device: rows of one laptop; tenant: of one organisation; reference: small, the same everywhere;
local: of this installation (jobs)."""

PARTITION_SCHEMA = "dex_part"
BUSY_SECONDS = 30
SQLITE_LEAST = (3, 37)

STORE_TROUBLE = (
    sa.exc.OperationalError,
    sa.exc.InternalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    sqlite3.OperationalError,  # from server/upkeep/retention.py, which speaks to the driver itself
)
"""What a database raises that is away, full, or too busy: the same may work later."""


_NO_ROOM = re.compile("full|disk I/O|no space", re.IGNORECASE)


def trouble_words(error: Exception) -> str:
    """What is wrong with a store that cannot be used, in one line, and what to do."""
    told = error if isinstance(error, sqlite3.Error) else getattr(error, "orig", None)
    reason = str(told or type(error).__name__).partition("\n")[0]
    advice = "Its disk may be full." if _NO_ROOM.search(reason) else "If it is new: dex-server db upgrade"
    return f"The store cannot be used ({reason}). {advice}"


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware time, in UTC on both databases. SQLite keeps no zone, so it goes in and comes out as UTC;
    PostgreSQL answers in the zone of its session."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as it is)
        UUID: sa.Uuid(),
        float: sa.Double(),
        date: sa.Date(),
        datetime: UtcTime(),
        bytes: sa.LargeBinary(),
        dict[str, Any]: sa.JSON(none_as_null=True),
        list[Any]: sa.JSON(none_as_null=True),
    }


def scale(name: Scale, **dialect: Any) -> dict[str, Any]:
    """The last item of `__table_args__`: whose rows the table holds, and options of a dialect."""
    return {"info": {"scale": name}, **dialect}


def without_org(reason: str) -> dict[str, str]:
    """Execution options of a statement that is right without an organisation; say why."""
    return {"without_org": reason}


class Store:
    """A database and the two ways to use it: `reading()` and `transaction()`."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reading_options: dict[str, Any] = {"reading": True}
        if not self.is_sqlite:
            self._reading_options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are committed together, or not at all."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the store and changes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options=self._reading_options)
            yield session  # closing rolls back, and leaves what was read usable

    def close(self) -> None:
        self.engine.dispose()


def make_engine(url: str) -> sa.Engine:
    """An engine for this address; one of PostgreSQL may name several hosts, and a pooler."""
    try:
        parsed = sa.make_url(hosts_in_query(url))
    except (sa.exc.ArgumentError, ValueError) as error:
        raise UsageError("DEX_DATABASE_URL is not an address of a database.") from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.get_backend_name() == "postgresql":
        engine = postgresql_engine(parsed)
        _guard(engine)
        return engine
    raise UsageError("DEX_DATABASE_URL must start with sqlite:/// or postgresql://.")


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if sqlite3.sqlite_version_info < SQLITE_LEAST:
        raise UsageError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed.")
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # an error is logged, and must not carry what a row holds
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions would leave half of a failed migration behind.
        connection.isolation_level = None
        if connection.execute("PRAGMA page_count").fetchone() == (0,):  # later it would wait for writers
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"busy_timeout = {BUSY_SECONDS * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return  # some statements, as a checkpoint, work outside of transactions alone
        # A writer that starts as a reader can be refused in mid-transaction; so it starts as a writer.
        reading = options.get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    _guard(engine)
    return engine


_VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


def _guard(engine: sa.Engine) -> None:
    """Fail every statement on a tenant's table that does not name the organisation."""

    @event.listens_for(engine, "before_cursor_execute")
    def check(
        _connection: sa.Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: sa.engine.ExecutionContext | None,
        _many: bool,
    ) -> None:
        if _VERB.match(statement) is None or _names_org(statement):
            return
        if context is not None and context.execution_options.get("without_org"):
            return
        touched = tenant_tables() & set(re.findall(r"\w+", statement))
        if touched:
            raise RuntimeError(f"a statement on {sorted(touched)} does not name org_id")


def _names_org(statement: str) -> bool:
    """Whether org_id stands where it counts: among inserted columns, or in a condition."""
    if re.match(r"\s*INSERT", statement, re.IGNORECASE):
        return "org_id" in statement
    condition = re.split(r"\bWHERE\b", statement, maxsplit=1, flags=re.IGNORECASE)
    return len(condition) == 2 and "org_id" in condition[1]


def tenant_tables() -> set[str]:
    """Names of the tables whose rows belong to an organisation."""
    return {
        name
        for name, table in Base.metadata.tables.items()
        if table.info.get("scale") in ("device", "tenant")
    }
