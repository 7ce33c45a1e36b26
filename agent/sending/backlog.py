"""Days before yesterday: they leave after what is new, at the pace that the policy sets, when there is room.

A collector to which a whole fleet returns says "later" to these days first. That holds for them alone: what
happens on the laptop meanwhile leaves at once.
"""

import sqlite3

from agent.local_time import DAY, HOUR, MINUTE, day_of, midnight_before
from agent.store import spool
from agent.store.local_store import get_number, put

LONGEST_WAIT = 25 * HOUR
"""A wait longer than any that was ever asked for: the clock was put back."""


def yesterday(now: float) -> str:
    """The first day that is not an earlier one."""
    return day_of(midnight_before(now) - DAY / 2)


def has_to_wait(db: sqlite3.Connection, now: float) -> bool:
    """Whether earlier days must not leave yet."""
    return 0 < get_number(db, "backlog_not_before") - now < LONGEST_WAIT


def put_off(db: sqlite3.Connection, now: float, seconds: float = MINUTE) -> None:
    """No earlier day leaves for so long. For use inside a transaction."""
    put(db, "backlog_not_before", str(now + seconds))


def something_waits(db: sqlite3.Connection, now: float) -> bool:
    """Whether a batch waits that may leave now."""
    if has_to_wait(db, now):
        return spool.waits_since(db, yesterday(now))
    return spool.count(db, spool.WAITING) > 0
