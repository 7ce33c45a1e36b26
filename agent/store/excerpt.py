"""What of the store is shown to somebody who may not open it: pieces of rows, and a store made of them again.

A piece is small, and read from the store only when it is wanted, so that telling much takes no memory.
"""

import base64
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from agent.store.local_store import STEPS, LocalStore

ROWS = 200
"""Rows of a piece; of batches one."""
BODIES_BYTES = 4 * 2**20
"""What is told of batches at most, as they were sent."""

OF_THE_DAY = ("minute", "sample", "measured_by", "app_time", "service_check", "busy_process")
OF_ANY_DAY = ("meta", "happening", "dropped", "batch")
AGREED = ("policy", "policy_refused", "agreement_signed")
META = ("clock_offset", "pauses", *AGREED)

NAMED = "SELECT * FROM meta WHERE key IN (SELECT value FROM json_each(?))"
HAPPENINGS = "SELECT * FROM happening WHERE day = :day OR (waits = 1 AND {of_days})"
OF_DAYS = "(:days IS NULL OR day IN (SELECT value FROM json_each(:days)))"

Piece = Mapping[str, Any]


def pieces(store: LocalStore, day: str, days: Collection[str] | None, newest: int) -> Iterator[Piece]:
    """Everything of `day`; of other `days` (None: of all) the batches that wait, and the `newest` of those
    that were answered. The last piece tells how many batches were left out.
    """
    asked = {"day": day, "days": None if days is None else json.dumps(sorted(days))}
    yield from _named(store, META)
    for table in OF_THE_DAY:
        yield from _rows(table, store.db.execute(f"SELECT * FROM {table} WHERE day = :day", asked))  # noqa: S608
    yield from _rows("happening", store.db.execute(HAPPENINGS.format(of_days=OF_DAYS), asked))
    yield from _rows("dropped", store.db.execute("SELECT * FROM dropped"))
    yield from _batches(store, asked, newest)


def agreed(store: LocalStore) -> Iterator[Piece]:
    """What holds between this laptop and its collector: nothing of it is about a person."""
    yield from _named(store, AGREED)


def _named(store: LocalStore, names: Sequence[str]) -> Iterator[Piece]:
    yield from _rows("meta", store.db.execute(NAMED, [json.dumps(names)]))


def _rows(table: str, found: sqlite3.Cursor) -> Iterator[Piece]:
    rows = found.fetchall()
    for first in range(0, len(rows), ROWS):
        yield {"table": table, "rows": rows[first : first + ROWS]}


def _batches(store: LocalStore, asked: Mapping[str, Any], newest: int) -> Iterator[Piece]:
    """One at a time: a body may be large, and what was read is not held."""
    wanted = store.db.execute(
        f"SELECT batch_id, length(body), {OF_DAYS} FROM batch WHERE state = 'waiting' UNION ALL "  # noqa: S608
        f"SELECT * FROM (SELECT batch_id, length(body), {OF_DAYS} FROM batch WHERE state <> 'waiting' "
        "ORDER BY answered_at DESC LIMIT :newest)",
        {**asked, "newest": newest},
    ).fetchall()
    left_out, room = 0, BODIES_BYTES
    for batch_id, size, may_be_shown in wanted:
        room -= size if may_be_shown else 0
        if not may_be_shown or room < 0:
            left_out += 1
            continue
        row = store.db.execute("SELECT * FROM batch WHERE batch_id = ?", (batch_id,)).fetchone()
        if row is not None:  # it may have been superseded meanwhile
            yield {"table": "batch", "rows": [[_as_text(value) for value in row]]}
    yield {"left_out": left_out}


def opened(found: Iterable[Piece]) -> sqlite3.Connection:
    """A store in memory with these rows. ValueError where a piece is none of ours."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    for step in STEPS:
        db.executescript(step)
    try:
        for piece in found:
            if piece["table"] not in OF_THE_DAY + OF_ANY_DAY:
                raise ValueError(piece["table"])
            for row in piece["rows"]:
                marks = ", ".join("?" * len(row))
                values = [_as_bytes(value) for value in row]
                db.execute(f"INSERT INTO {piece['table']} VALUES ({marks})", values)  # noqa: S608
    except (KeyError, TypeError, sqlite3.Error) as error:
        raise ValueError(str(error)) from error
    return db


def _as_text(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _as_bytes(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
