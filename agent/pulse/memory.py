"""What the pulse keeps on this laptop: the running period, tokens, and messages that wait to leave.

A file of its own, so that it can overwrite what it deletes: an answer that left is gone from here too.
What was answered is never kept, only that a question was asked, and on which day.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agent.errors import StoreUnusable
from agent.pulse.schedule import Draw, Running
from agent.store.own_files import opened

VERSION = 1
BUSY_SECONDS = 10
KEEP_PROMPT_DAYS = 366

SCHEMA = """
CREATE TABLE period (
    period TEXT PRIMARY KEY, first_day TEXT NOT NULL, last_day TEXT NOT NULL, labels_hash TEXT NOT NULL,
    row_label TEXT NOT NULL, col_label TEXT NOT NULL, core_week INTEGER NOT NULL, second_item TEXT NOT NULL,
    fetch_at REAL, trouble TEXT NOT NULL, labels BLOB  -- fetch_at = NULL once the tokens are here or lost
) STRICT, WITHOUT ROWID;
CREATE TABLE token (  -- signature = NULL until the collector has signed it
    period TEXT NOT NULL, label TEXT NOT NULL, slot TEXT NOT NULL, token BLOB NOT NULL,
    blinded BLOB NOT NULL, inverse BLOB NOT NULL, signature BLOB, PRIMARY KEY (period, label, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE prompt (
    period TEXT NOT NULL, slot TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (period, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (  -- body = the exact bytes that leave
    message_id TEXT PRIMARY KEY, period TEXT NOT NULL, body BLOB NOT NULL, due_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the collector's policy says of the running period."""

    period: str
    first_day: date
    last_day: date
    labels_hash: str
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Known:
    """A period as this laptop knows it."""

    running: Running
    labels_hash: str
    row: str
    column: str
    fetch_at: float | None
    trouble: str
    labels: bytes | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token of one label and slot. `inverse` takes the blinding off; nobody else may have it."""

    label: str
    slot: str
    token: bytes
    blinded: bytes
    inverse: bytes
    signature: bytes | None


@dataclass(frozen=True, slots=True)
class Message:
    message_id: str
    period: str
    body: bytes
    due_at: float


class Memory:
    """The open file. StoreUnusable where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(opened(path))
            self.db = _connect(path)
        except OSError as error:
            raise StoreUnusable(f"{path} cannot be opened: {error.strerror}.") from error
        except sqlite3.Error as error:
            raise StoreUnusable(f"{path} cannot be used: {error}.") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is kept, or nothing."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self.path} cannot be written: {error}.") from error

    def close(self) -> None:
        self.db.close()


def begin(db: sqlite3.Connection, told: Told, drawn: Draw, fetch_at: float) -> None:
    """Keep a period the first time it is heard of; what was drawn and the list's hash then stay."""
    db.execute(
        "INSERT INTO period VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', NULL) ON CONFLICT DO NOTHING",
        (
            told.period,
            told.first_day.isoformat(),
            told.last_day.isoformat(),
            told.labels_hash,
            told.row,
            told.column,
            drawn.core_week,
            drawn.second_item,
            fetch_at,
        ),
    )


def known_period(db: sqlite3.Connection, period: str) -> Known | None:
    row = db.execute("SELECT * FROM period WHERE period = ?", (period,)).fetchone()
    return None if row is None else _known(row)


def latest_period(db: sqlite3.Connection) -> Known | None:
    row = db.execute("SELECT * FROM period ORDER BY period DESC LIMIT 1").fetchone()
    return None if row is None else _known(row)


def keep_labels(db: sqlite3.Connection, period: str, labels: bytes) -> None:
    db.execute("UPDATE period SET labels = ? WHERE period = ?", (labels, period))


def note_trouble(db: sqlite3.Connection, period: str, trouble: str, fetch_at: float | None) -> None:
    """Why there are no tokens, and when to try again (None: not in this period)."""
    db.execute("UPDATE period SET trouble = ?, fetch_at = ? WHERE period = ?", (trouble, fetch_at, period))


def add_tokens(db: sqlite3.Connection, period: str, tokens: Iterable[Token]) -> None:
    db.executemany(
        "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(period, t.label, t.slot, t.token, t.blinded, t.inverse, t.signature) for t in tokens],
    )


def tokens_of(db: sqlite3.Connection, period: str) -> list[Token]:
    columns = "label, slot, token, blinded, inverse, signature"
    rows = db.execute(f"SELECT {columns} FROM token WHERE period = ? ORDER BY slot, label", (period,))  # noqa: S608
    return [Token(*row) for row in rows]


def sign_tokens(db: sqlite3.Connection, period: str, signatures: Mapping[tuple[str, str], bytes]) -> None:
    """Keep what the collector signed; the inverses have done their work and are overwritten."""
    db.executemany(
        "UPDATE token SET signature = ?, inverse = x'' WHERE period = ? AND label = ? AND slot = ?",
        [(signature, period, label, slot) for (label, slot), signature in signatures.items()],
    )


def drop_tokens(db: sqlite3.Connection, period: str, slots: Iterable[str]) -> None:
    db.executemany("DELETE FROM token WHERE period = ? AND slot = ?", [(period, slot) for slot in slots])


def note_prompt(db: sqlite3.Connection, period: str, slot: str, day: date) -> None:
    db.execute("INSERT INTO prompt VALUES (?, ?, ?)", (period, slot, day.isoformat()))


def prompts(db: sqlite3.Connection) -> list[tuple[str, str, date]]:
    """(period, slot, day) of every prompt of the last year."""
    rows = db.execute("SELECT period, slot, day FROM prompt ORDER BY day")
    return [(period, slot, date.fromisoformat(day)) for period, slot, day in rows]


def add_messages(db: sqlite3.Connection, messages: Iterable[Message]) -> None:
    db.executemany(
        "INSERT INTO message VALUES (?, ?, ?, ?)",
        [(m.message_id, m.period, m.body, m.due_at) for m in messages],
    )


def messages(db: sqlite3.Connection) -> list[Message]:
    """All messages that wait, the next to leave first."""
    rows = db.execute("SELECT message_id, period, body, due_at FROM message ORDER BY due_at")
    return [Message(*row) for row in rows]


def delay_message(db: sqlite3.Connection, message_id: str, due_at: float) -> None:
    db.execute("UPDATE message SET due_at = ? WHERE message_id = ?", (due_at, message_id))


def drop_message(db: sqlite3.Connection, message_id: str) -> None:
    db.execute("DELETE FROM message WHERE message_id = ?", (message_id,))


def forget_before(db: sqlite3.Connection, period: str, oldest_prompt: date) -> None:
    """Earlier periods and their tokens go when a new one begins; prompts are kept for the yearly limit."""
    db.execute("DELETE FROM token WHERE period < ?", (period,))
    db.execute("DELETE FROM period WHERE period < ?", (period,))
    db.execute("DELETE FROM prompt WHERE day < ?", (oldest_prompt.isoformat(),))


def forget_person(db: sqlite3.Connection) -> None:
    """Whoever was asked on this laptop has another one: what was theirs goes. Messages that wait carry no
    name, and stay."""
    for table in ("token", "period", "prompt"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own)


def memory_path(state: Path) -> Path:
    """Where a state folder keeps the pulse."""
    return state / "pulse.sqlite3"


def has_errand(state: Path, period: str, now: float) -> bool:
    """Whether the sender has something to do for the pulse; cheap, for the service's loop.

    `period` is the one this laptop asks in, as the policy has it; empty if there is none.
    """
    path = memory_path(state)
    if not path.exists():
        return bool(period)
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)
    try:
        due = (
            "SELECT 1 FROM period WHERE fetch_at <= :now UNION ALL SELECT 1 FROM message WHERE due_at <= :now"
        )
        is_new = period and not db.execute("SELECT 1 FROM period WHERE period = ?", (period,)).fetchone()
        return bool(is_new or db.execute(due, {"now": now}).fetchone())
    except sqlite3.Error:
        return False
    finally:
        db.close()


def _known(row: tuple[Any, ...]) -> Known:
    period, first, last, labels_hash, label, column, core_week, second_item, fetch_at, trouble, labels = row
    drawn = Draw(core_week, second_item)
    running = Running(period, date.fromisoformat(first), date.fromisoformat(last), drawn)
    return Known(running, labels_hash, label, column, fetch_at, trouble, labels)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # No write-ahead log: it would keep for a while what was deleted.
        for pragma in ("secure_delete = ON", "journal_mode = DELETE", "synchronous = FULL"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN IMMEDIATE")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db
