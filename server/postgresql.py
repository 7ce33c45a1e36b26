"""The way to PostgreSQL: what its address may say, how soon a server that is gone is noticed, and a pooler.

Behind a pooler in transaction mode (`?pooler=transaction` in the address) the next transaction may be on
another connection of the server. So nothing is left there: no prepared statement, and settings for one
transaction alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from server.errors import UsageError
from server.impatient import ANSWER_SECONDS, impatient_connect

STATEMENT_TIMEOUT_MS = 60_000
CONNECTIONS = 10
"""So many a process keeps, and as many again while all of them are in use."""
POOL_WAIT_SECONDS = 5
"""A thread waits so long for one of them. While the server is away, those that have one hold it until they
have noticed, and the others need not wait for as long as a laptop does."""

_POOLER = "pooler"  # in the address
_CONNECTING = {
    "connect_timeout": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,
}
"""How soon we notice that a server is gone; the address of the store may say otherwise."""
_SESSION: dict[str, int | str] = {
    "statement_timeout": STATEMENT_TIMEOUT_MS,
    "timezone": "UTC",
    # On a cluster, machines in turn: so one transaction may write, and change, tables that are copied and
    # tables that are spread. A plain PostgreSQL takes the name and does nothing with it.
    "citus.multi_shard_modify_mode": "sequential",
    # So soon the server notices that we are gone, and lets go of what our transaction held.
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
}
_IN_EACH_TRANSACTION = ("statement_timeout", "citus.multi_shard_modify_mode")
"""Settings that are made anew behind a pooler; of the others, what comes back is understood either way."""
_READ_ONLY = "25006"  # SQLSTATE of a write that a standby refuses
_LOCK_REFUSED = "55P03"  # SQLSTATE of a statement that reached lock_timeout
_IS_A_POOLER = "unsupported startup parameter"  # what PgBouncer answers to settings of a session


def hosts_in_query(url: str) -> str:
    """`postgresql://me@a:5432,b/dex` as SQLAlchemy wants it: `postgresql://me@/dex?host=a:5432&host=b`."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    if "," not in hosts:
        return url
    name, _, query = path.partition("?")
    named = "&".join(f"host={host}" for host in hosts.split(","))
    return f"{scheme}{separator}{user}{at}{slash}{name}?{named}" + (f"&{query}" if query else "")


def postgresql_engine(url: sa.URL) -> sa.Engine:
    """An engine for this address, of the psycopg driver. UsageError for a pooler of another mode."""
    pooler = url.query.get(_POOLER)
    if pooler not in (None, "transaction"):
        raise UsageError("The address of the store may say pooler=transaction; other modes need no word.")
    url = url.set(drivername="postgresql+psycopg").difference_update_query([_POOLER])
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # an error is logged, and must not carry what a row holds
        pool_pre_ping=True,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        pool_timeout=POOL_WAIT_SECONDS,
        # Without it, an insert that met a conflict reports -1 rows, and a repeat would count twice.
        execution_options={"preserve_rowcount": True},
        connect_args=_connect_arguments(url, bool(pooler)),
    )
    _connect_impatiently(engine)
    _leave_standbys(engine)
    if pooler:
        _limit_each_transaction(engine)
    return engine


@contextmanager
def patient(connection: sa.Connection) -> Iterator[None]:
    """Statements of this transaction may take as long as they take."""
    driver: Any = connection.connection.driver_connection
    connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
    driver.answer_seconds = None
    try:
        yield
    finally:
        driver.answer_seconds = ANSWER_SECONDS


@contextmanager
def patient_outside(connection: sa.Connection) -> Iterator[None]:
    """The same for statements that no transaction may hold, on a connection that commits each by itself."""
    driver: Any = connection.connection.driver_connection
    # Behind a pooler there is no limit here, and a setting would stay with whoever comes next.
    limited = connection.scalar(sa.text("SHOW statement_timeout")) != "0"
    if limited:
        connection.execute(sa.text("SET statement_timeout = 0"))
    driver.answer_seconds = None
    try:
        yield
    finally:
        driver.answer_seconds = ANSWER_SECONDS
        if limited:
            connection.execute(sa.text("RESET statement_timeout"))


def lock_was_refused(error: sa.exc.DBAPIError) -> bool:
    """Whether a transaction ended because it would have waited too long for a table in use."""
    return getattr(error.orig, "sqlstate", None) == _LOCK_REFUSED


def _connect_arguments(url: sa.URL, pooler: bool) -> dict[str, Any]:
    """Of several servers, the one that takes writes."""
    given: dict[str, Any] = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    if not isinstance(url.query.get("host", ""), str):
        given["target_session_attrs"] = url.query.get("target_session_attrs", "read-write")
    if pooler:
        return given | {"prepare_threshold": None}
    own = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    return given | {"options": f"{own} {url.query.get('options', '')}".rstrip()}


def _connect_impatiently(engine: sa.Engine) -> None:
    driver: Any = engine.dialect.loaded_dbapi
    connect: Callable[..., Any] = impatient_connect(driver)

    @event.listens_for(engine, "do_connect")
    def connect_or_say_why(
        _dialect: sa.Dialect, _record: object, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        try:
            return connect(*arguments, **options)
        except driver.OperationalError as error:
            if _IS_A_POOLER in str(error):
                raise driver.OperationalError(
                    f"a pooler answers there; add ?{_POOLER}=transaction to the address of the store"
                ) from error
            raise


def _leave_standbys(engine: sa.Engine) -> None:
    @event.listens_for(engine, "handle_error")
    def leave_a_standby(context: sa.engine.ExceptionContext) -> None:
        """A server that was demoted answers well and takes nothing: its connections are of no use."""
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True


def _limit_each_transaction(engine: sa.Engine) -> None:
    """A pooler passes no settings of a session on; those of a transaction end with it."""

    @event.listens_for(engine, "begin")
    def limit(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            settings = [f"SET LOCAL {name} = '{_SESSION[name]}'" for name in _IN_EACH_TRANSACTION]
            connection.exec_driver_sql("; ".join(settings))  # one round trip
