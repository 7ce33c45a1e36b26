"""When to try again after a delivery that did not succeed. Loads nothing that a delivery needs."""

import random
import sqlite3

from agent.store.local_store import get_number, put

FIRST_WAIT = 60.0
LONGEST_WAIT = 3600.0
"""Seconds: bounds of the exponential back-off, whose wait is drawn between 0 and the bound."""


def note_failure(db: sqlite3.Connection, now: float, sentence: str, wanted: float | None = None) -> None:
    """Keep what went wrong, for `dex-agent status`, and when to try again. For use inside a transaction."""
    failures = int(get_number(db, "send_failures")) + 1
    put(db, "send_failures", str(failures))
    put(db, "send_not_before", str(now + wait_after(failures, wanted)))
    put(db, "send_trouble", sentence)


def wait_after(failures: int, wanted: float | None) -> float:
    """Seconds until the next try: as the collector wants, spread a little, else back-off with full jitter."""
    if wanted is not None:
        return wanted + random.uniform(0, max(10.0, wanted / 10))  # noqa: S311
    bound = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10))
    return random.uniform(0, bound)  # noqa: S311
