"""When the summary of a day is sent: pure rules over the day's row.

Provisional revisions leave at a random moment within each started three active hours, so that nothing
tells when somebody began to work, and so that a laptop seen one day a week is not lost at the cut-off.
The last revision of a day leaves after its end or at the next start, spread over some minutes, so that a
fleet does not return at one moment.
"""

import random
import sqlite3
import uuid

from agent.local_time import HOUR
from agent.store.local_store import get, put

BLOCK = 3 * HOUR
"""Active seconds within which one provisional revision leaves."""
SPREAD_AFTER_THE_DAY = 900.0
"""Seconds over which the last revisions of yesterday are spread."""


def moments_passed(active_s: float, secret: str, day: str) -> int:
    """How many of the day's random moments lie behind `active_s` seconds of active use."""
    started = int(active_s // BLOCK)
    within = random.Random(f"{secret} {day} {started}").random() * BLOCK  # noqa: S311 (spreads, hides nothing)
    return started + (active_s - started * BLOCK >= within)


def note_progress(db: sqlite3.Connection, day: str, active_s: float, now: float) -> None:
    """Make today's summary due when another of its moments has passed."""
    passed = moments_passed(active_s, _secret(db), day) if active_s > 0 else 0
    db.execute(
        "UPDATE day SET moments = :passed, due_at = coalesce(due_at, :now) "
        "WHERE day = :day AND moments < :passed",
        {"passed": passed, "now": now, "day": day},
    )


def _secret(db: sqlite3.Connection) -> str:
    """What the moments are drawn from: kept here alone, the same after a restart."""
    known = get(db, "moments_secret")
    if not known:
        known = str(uuid.uuid4())
        put(db, "moments_secret", known)
    return known


def close_days_before(db: sqlite3.Connection, today: str, now: float) -> None:
    """Every earlier day is over: its last revision is due within some minutes."""
    for (day,) in db.execute("SELECT day FROM day WHERE closed = 0 AND day < ?", (today,)).fetchall():
        wait = random.uniform(0, SPREAD_AFTER_THE_DAY)  # noqa: S311
        db.execute("UPDATE day SET closed = 1, due_at = ? WHERE day = ?", (now + wait, day))


def make_all_due(db: sqlite3.Connection, now: float) -> None:
    """At shutdown, or for a single look, everything known is sent at once."""
    db.execute("UPDATE day SET due_at = ? WHERE closed = 0 OR due_at IS NOT NULL", (now,))


def due_days(db: sqlite3.Connection, now: float) -> list[str]:
    """Days whose summary should leave; one set far ahead was set before the clock was put back."""
    rows = db.execute(
        "SELECT day FROM day WHERE due_at <= :now OR due_at > :now + :ahead ORDER BY day",
        {"now": now, "ahead": 2 * SPREAD_AFTER_THE_DAY},
    )
    return [row[0] for row in rows]


def next_due(db: sqlite3.Connection) -> float | None:
    """The earliest instant at which a summary is due."""
    found = db.execute("SELECT min(due_at) FROM day").fetchone()[0]
    return None if found is None else float(found)
