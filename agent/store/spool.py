"""Batches that wait until the collector has them, and those it has: the ledger's source.

Each ends accepted or rejected, or it waits. The spool is bounded in bytes and in age; the oldest go
first, and every loss is counted with its reason.
"""

import sqlite3
from dataclasses import dataclass, fields

from agent.local_time import DAY, day_of, midnight_before
from agent.signals import HOURLESS_EVENTS, LIMITS
from agent.store.local_store import count_dropped

WAITING, ACCEPTED, REJECTED = "waiting", "accepted", "rejected"


@dataclass(frozen=True, slots=True)
class Batch:
    """`body` holds the exact bytes; `answer` what the collector said of them, in its own words."""

    batch_id: str
    seq: int
    day: str
    made_at: float
    events: int
    """How many events it carries."""
    revision: int
    """Number of the day's edition it carries; 0 for none."""
    facts: int
    """1 if it carries facts about the laptop."""
    body: bytes
    state: str = WAITING
    answered_at: float | None = None
    answer: str = ""


COLUMNS = tuple(f.name for f in fields(Batch))
SELECT = f"SELECT {', '.join(COLUMNS)} FROM batch "  # noqa: S608 (names of ours)


def add(db: sqlite3.Connection, batch: Batch) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    values = tuple(getattr(batch, name) for name in COLUMNS)
    db.execute(f"INSERT INTO batch VALUES ({marks})", values)  # noqa: S608


def supersede(db: sqlite3.Connection, day: str) -> None:
    """A waiting batch with nothing but an older edition of the day's summary need not leave."""
    db.execute("DELETE FROM batch WHERE state = 'waiting' AND day = ? AND events = 0 AND facts = 0", (day,))


def remove(db: sqlite3.Connection, batch_id: str) -> None:
    db.execute("DELETE FROM batch WHERE batch_id = ?", (batch_id,))


def remove_waiting(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM batch WHERE state = 'waiting'")


def find(db: sqlite3.Connection, batch_id: str) -> Batch:
    return Batch(*db.execute(SELECT + "WHERE batch_id = ?", (batch_id,)).fetchone())


def waiting(db: sqlite3.Connection) -> list[Batch]:
    """Oldest first."""
    return [Batch(*row) for row in db.execute(SELECT + "WHERE state = 'waiting' ORDER BY seq")]


def to_send(db: sqlite3.Connection, yesterday: str) -> list[Batch]:
    """What is new first, so that it does not wait behind a backlog; then earlier days, the oldest first."""
    rows = db.execute(SELECT + "WHERE state = 'waiting' ORDER BY day < ?, seq", (yesterday,))
    return [Batch(*row) for row in rows]


def waits_since(db: sqlite3.Connection, yesterday: str) -> bool:
    """Whether a batch of yesterday or today waits."""
    found = db.execute("SELECT 1 FROM batch WHERE state = 'waiting' AND day >= ? LIMIT 1", (yesterday,))
    return found.fetchone() is not None


def answered(db: sqlite3.Connection, limit: int = 1000) -> list[Batch]:
    """What the collector accepted or rejected, newest first."""
    rows = db.execute(SELECT + "WHERE state <> 'waiting' ORDER BY answered_at DESC LIMIT ?", (limit,))
    return [Batch(*row) for row in rows]


def count(db: sqlite3.Connection, state: str) -> int:
    return int(db.execute("SELECT count(*) FROM batch WHERE state = ?", (state,)).fetchone()[0])


def settle(db: sqlite3.Connection, batch_id: str, state: str, answer: str, now: float) -> None:
    """Write down how a batch ended; one that was rejected is counted as lost."""
    db.execute(
        "UPDATE batch SET state = ?, answer = ?, answered_at = ? WHERE batch_id = ?",
        (state, answer, now, batch_id),
    )
    if state == REJECTED:
        count_dropped(db, now, "rejected")


def rewrite(db: sqlite3.Connection, batch_id: str, seq: int, body: bytes) -> None:
    db.execute("UPDATE batch SET seq = ?, body = ? WHERE batch_id = ?", (seq, body, batch_id))


def bytes_sent(db: sqlite3.Connection, day: str) -> int:
    """Bytes of the bodies that were answered on a local day."""
    found = db.execute(
        "SELECT answered_at, length(body) FROM batch WHERE state <> 'waiting' AND answered_at IS NOT NULL"
    )
    return sum(size for at, size in found if day_of(at) == day)


def days_with_events(db: sqlite3.Connection) -> list[str]:
    """Days of events that are in no batch yet."""
    rows = db.execute("SELECT DISTINCT day FROM happening WHERE waits = 1 ORDER BY day")
    return [row[0] for row in rows]


def fault_waits(db: sqlite3.Connection) -> bool:
    """Whether an event that somebody may want to see soon is in no batch yet. The others leave with whatever
    leaves next."""
    rows = db.execute("SELECT DISTINCT kind FROM happening WHERE waits = 1")
    return any(kind not in HOURLESS_EVENTS for (kind,) in rows)


def drop_too_old(db: sqlite3.Connection, now: float) -> None:
    """The collector takes days up to LIMITS.days_back old; what is older is dropped here, and counted."""
    oldest = day_of(midnight_before(now) + DAY / 2 - LIMITS.days_back * DAY)
    old = db.execute("DELETE FROM batch WHERE state = 'waiting' AND day < ?", (oldest,)).rowcount
    if old:
        count_dropped(db, now, "too_old", old)
    db.execute(
        "DELETE FROM batch WHERE state <> 'waiting' AND answered_at < ?", (now - LIMITS.spool_days * DAY,)
    )


def make_room(db: sqlite3.Connection, now: float, limit: int = LIMITS.spool_bytes) -> int:
    """Keep the file's content below `limit` bytes: first copies of what was answered go, then what waits.

    Returns how many waiting batches were lost.
    """
    lost = 0
    for state in ("accepted", "rejected", "waiting"):
        while used_bytes(db) > limit:
            gone = db.execute(
                "DELETE FROM batch WHERE batch_id IN "
                "(SELECT batch_id FROM batch WHERE state = ? ORDER BY seq LIMIT 20)",
                (state,),
            ).rowcount
            if not gone:
                break
            if state == WAITING:
                lost += gone
                count_dropped(db, now, "spool_full", gone)
    return lost


def used_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the pages that hold something."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
