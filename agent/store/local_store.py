"""The agent's memory: one SQLite file that survives a kill, a power loss and a full disk.

Everything one look gave is committed together with its cursor, so nothing is lost or counted twice.
WAL with synchronous FULL makes a commit last; small pages keep the bytes written per minute low.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.errors import StoreTooNew, StoreUnusable
from agent.local_time import day_of
from agent.notices import notice
from agent.store.own_files import opened

VERSION = 2
PAGE_BYTES = 1024
BUSY_SECONDS = 10
EDITIONS_PER_STORE = 10_000
"""More than a day's summary ever gets from one store."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cursor (collector TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE source (  -- how each source could be read at the last look
    name TEXT PRIMARY KEY, state TEXT NOT NULL, sentence TEXT NOT NULL, grant_by TEXT NOT NULL,
    since REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE minute (  -- one row per minute the laptop was awake, number = seconds since 1970 / 60
    number INTEGER PRIMARY KEY, day TEXT NOT NULL,
    on_s REAL NOT NULL, active_s REAL, cpu INTEGER, memory INTEGER, disk INTEGER,
    probes INTEGER NOT NULL, failed INTEGER NOT NULL, missing TEXT NOT NULL, own_cpu_s REAL NOT NULL
) STRICT;
CREATE INDEX minute_of_day ON minute (day);  -- the day summary
CREATE TABLE sample (
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, at REAL NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL, about TEXT NOT NULL
) STRICT;
CREATE INDEX sample_of_day ON sample (day);  -- the day summary
CREATE TABLE measured_by (  -- which of its sources a measure of the day came from
    day TEXT NOT NULL, measure TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (day, measure)
) STRICT, WITHOUT ROWID;
CREATE TABLE happening (
    event_id TEXT PRIMARY KEY, day TEXT NOT NULL, hour INTEGER NOT NULL, at REAL NOT NULL,
    kind TEXT NOT NULL, app TEXT NOT NULL, version TEXT NOT NULL, value REAL, detail TEXT NOT NULL,
    waits INTEGER NOT NULL  -- 1 until it is in a batch
) STRICT;
CREATE INDEX happening_of_day ON happening (day);  -- the day summary
CREATE INDEX happening_waits ON happening (day) WHERE waits = 1;  -- the next batches
CREATE TABLE day (
    day TEXT PRIMARY KEY, revision INTEGER NOT NULL, moments INTEGER NOT NULL,
    closed INTEGER NOT NULL, due_at REAL, digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE batch (  -- body = the exact bytes that are sent
    batch_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, day TEXT NOT NULL, made_at REAL NOT NULL,
    events INTEGER NOT NULL, revision INTEGER NOT NULL, facts INTEGER NOT NULL, body BLOB NOT NULL,
    state TEXT NOT NULL, answered_at REAL, answer TEXT NOT NULL
) STRICT;
CREATE INDEX batch_by_state ON batch (state, seq);  -- what waits, and the ledger
CREATE TABLE dropped (
    day TEXT NOT NULL, reason TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (day, reason)
) STRICT, WITHOUT ROWID;
"""

SINCE_VERSION_1 = """
CREATE TABLE app_time (  -- how long each application was in front: a day's total, no times
    day TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (day, name, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE service_check (  -- cause is empty where the service answered
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, at REAL NOT NULL, service TEXT NOT NULL,
    cause TEXT NOT NULL, first_byte_ms REAL
) STRICT;
CREATE INDEX service_check_of_day ON service_check (day);  -- the day summary
CREATE TABLE busy_process (  -- what was at work in a bad minute: never leaves the laptop
    day TEXT NOT NULL, minute INTEGER NOT NULL, name TEXT NOT NULL, cpu REAL NOT NULL, memory REAL NOT NULL,
    PRIMARY KEY (day, minute, name)
) STRICT, WITHOUT ROWID;
"""

STEPS = (SCHEMA, SINCE_VERSION_1)
"""What leads from each version to the next; an older store is brought forward when it is opened."""


class LocalStore:
    """One process's way to the file. It opens when it is first used, and again after `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None
        _check(path)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, in autocommit outside `transaction()`."""
        if self._db is None:
            self._db = _open(self.path)
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is kept, or nothing. StoreUnusable where the disk does not allow it."""
        db = self.db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise StoreUnusable(f"The local store {self.path} cannot be written: {error}.") from error

    def close(self) -> None:
        """Let go of the file; a connection must not be carried over a fork."""
        if self._db is not None:
            self._db.close()
            self._db = None


def get(db: sqlite3.Connection, key: str, default: str = "") -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else default


def put(db: sqlite3.Connection, key: str, value: str) -> None:
    """Keep a value; writes nothing when it is there already."""
    db.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value "
        "WHERE value <> excluded.value",
        (key, value),
    )


def get_number(db: sqlite3.Connection, key: str) -> float:
    return float(get(db, key) or 0)


def count_dropped(db: sqlite3.Connection, now: float, reason: str, number: int = 1) -> None:
    """Every loss has a reason; the day's summary reports them."""
    db.execute(
        "INSERT INTO dropped VALUES (?, ?, ?) "
        "ON CONFLICT (day, reason) DO UPDATE SET number = number + excluded.number",
        (day_of(now), reason, number),
    )


def dropped_by_reason(db: sqlite3.Connection, day: str | None = None) -> dict[str, int]:
    """Losses of one day, or of all days that are still known."""
    rows = db.execute(
        "SELECT reason, sum(number) FROM dropped WHERE :day IS NULL OR day = :day GROUP BY reason",
        {"day": day},
    )
    return {str(reason): int(number) for reason, number in rows}


def _check(path: Path) -> None:
    """A file that SQLite cannot read, or whose pages do not fit together, is set aside for a new one."""
    was_there = _losses_of(path).exists()
    lost = was_there and not path.exists()
    try:
        db = _open(path)
        whole = db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        db.close()
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        _set_aside(path)
    if lost or not whole:
        _begin_after_loss(path)
    elif not was_there:
        _note_losses(path, 0)


def _begin_after_loss(path: Path) -> None:
    """The new store's editions of a day get higher numbers than those that the collector may hold, which
    takes no lower one. How often that happened is known beside the store, so that no time is told by it."""
    times = _read_losses(path) + 1
    _note_losses(path, times)
    db = _open(path)
    count_dropped(db, time.time(), "store_unreadable")
    put(db, "revision_floor", str(times * EDITIONS_PER_STORE))
    put(db, "lost", "yes")
    db.close()


def _losses_of(path: Path) -> Path:
    return path.with_suffix(".losses")


def _read_losses(path: Path) -> int:
    try:
        return int(_losses_of(path).read_text("ascii"))
    except (OSError, ValueError):
        return 0


def _note_losses(path: Path, times: int) -> None:
    with suppress(OSError):  # the store itself will say what is wrong with the folder
        os.close(opened(_losses_of(path)))
        _losses_of(path).write_text(str(times), "ascii")


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(opened(path))
    except PermissionError as error:
        raise StoreUnusable(
            f"The local store {path} belongs to the agent's account; run this command as that account."
        ) from error
    except OSError as error:
        raise StoreUnusable(f"The local store {path} cannot be opened: {error.strerror}.") from error
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA cache_size = -512")
        _migrate(db, path)
    except sqlite3.OperationalError as error:
        db.close()
        raise StoreUnusable(f"The local store {path} cannot be opened: {error}.") from error
    except BaseException:
        db.close()
        raise
    return db


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise StoreTooNew(
            f"The local store {path} was made by a newer agent (its version is {found}, this agent knows "
            f"{VERSION}). Install that agent again, or move the file away."
        )
    if found == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")  # another process may be making the tables at this moment
    found = db.execute("PRAGMA user_version").fetchone()[0]
    for step in STEPS[found:]:
        for statement in step.split(";"):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _set_aside(path: Path) -> None:
    """A file that SQLite cannot read is kept beside the new one, for whoever wants to look at it."""
    broken = path.with_suffix(".broken")
    os.replace(path, broken)
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    os.close(opened(path))
    notice(f"The local store could not be read and was set aside as {broken}; a new one begins.")
