"""Whose companions spoke on which day, because they alone may read what is known of it. It never leaves."""

import json
import sqlite3
from collections.abc import Iterable

from agent.local_time import DAY, day_of
from agent.signals import LIMITS
from agent.store.local_store import get, put


def note(db: sqlite3.Connection, day: str, accounts: Iterable[str]) -> None:
    """These accounts were in session on that day. To be called inside a transaction."""
    known = _by_day(db)
    before = known.get(day, [])
    now = sorted({*before, *accounts})
    if now != before:
        put(db, "in_session", json.dumps({**known, day: now}, sort_keys=True))


def forget(db: sqlite3.Connection, now: float) -> None:
    """Days are known for as long as a batch of them may be. To be called inside a transaction."""
    forget_before(db, day_of(now - (LIMITS.spool_days + LIMITS.days_back) * DAY))


def forget_before(db: sqlite3.Connection, oldest: str) -> None:
    """To be called inside a transaction."""
    known = _by_day(db)
    kept = {day: accounts for day, accounts in known.items() if day >= oldest}
    if kept != known:
        put(db, "in_session", json.dumps(kept, sort_keys=True))


def accounts_of(db: sqlite3.Connection, day: str) -> list[str]:
    return _by_day(db).get(day, [])


def accounts_since(db: sqlite3.Connection, day: str) -> list[str]:
    """Who was in session on this day or later."""
    found = {account for known, accounts in _by_day(db).items() if known >= day for account in accounts}
    return sorted(found)


def days_alone(db: sqlite3.Connection, account: str) -> list[str]:
    """Days on which this account, and no other, was in session."""
    return [day for day, accounts in _by_day(db).items() if accounts == [account]]


def _by_day(db: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(get(db, "in_session", "{}"))
    return found
