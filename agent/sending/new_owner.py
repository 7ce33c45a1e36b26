"""A laptop that has another owner begins empty: what was seen and sent under the one before is not theirs.

The collector's policy names an epoch per owner, which tells nothing about who it is. What waits goes too:
nobody knows any more from which day on it is about the new owner.
"""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from agent.config import Config
from agent.local_time import day_of
from agent.notices import notice
from agent.pulse import memory
from agent.store import in_session, spool
from agent.store.local_store import LocalStore, count_dropped, get, get_number, put

KNOWN = "owner_epoch"
OF_THE_OWNER = (
    *("minute", "sample", "measured_by", "happening", "day", "batch", "dropped"),
    *("app_time", "service_check", "busy_process"),
)
"""Tables of the local store; how sources are read and what was agreed is the laptop's own."""
META = ("pauses", "last_sent_at")
LOST = "new_owner"


def begin_empty_if_new(config: Config, store: LocalStore, document: Mapping[str, Any]) -> bool:
    """Forget everything about the owner before, where this policy names another; whether it did.

    A laptop that is nobody's for a while keeps what it has, until it is somebody else's. Answers of the pulse
    that wait without a name still leave.
    """
    epoch = _epoch(document)
    known = get(store.db, KNOWN)
    if epoch in ("", known):
        return False
    if not known:
        with store.transaction() as db:
            put(db, KNOWN, epoch)
        return False
    _forget_pulse(config)
    store.db.execute("PRAGMA secure_delete = ON")
    with store.transaction() as db:
        _forget(db)
        put(db, KNOWN, epoch)
    with suppress(sqlite3.OperationalError):  # the service reads just now; the next checkpoint does it
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    notice("This laptop has another owner; what it kept of the one before is deleted.")
    return True


def _epoch(document: Mapping[str, Any]) -> str:
    told = document.get("owner")
    epoch = told.get("epoch") if isinstance(told, dict) else None
    return epoch if isinstance(epoch, str) else ""


def _forget(db: sqlite3.Connection) -> None:
    """Editions of today get higher numbers than those that the collector has: it takes no lower one."""
    newest = db.execute("SELECT coalesce(max(revision), 0) FROM day").fetchone()[0]
    put(db, "revision_floor", str(max(int(newest), int(get_number(db, "revision_floor")))))
    now = time.time() + get_number(db, "clock_offset")
    in_session.forget_before(db, day_of(now))
    left = len(spool.waiting(db))
    for table in OF_THE_OWNER:
        db.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own)
    db.executemany("DELETE FROM meta WHERE key = ?", [(key,) for key in META])
    if left:
        count_dropped(db, now, LOST, left)


def _forget_pulse(config: Config) -> None:
    path = memory.memory_path(config.state)
    if not path.exists():
        return
    pulse = memory.Memory(path)
    try:
        with pulse.transaction() as db:
            memory.forget_person(db)
    finally:
        pulse.close()
