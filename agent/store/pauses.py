"""Pauses as they are remembered, as long as a source may still tell about their time."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from agent.local_time import DAY, HOUR
from agent.signals import LIMITS
from agent.store.local_store import get, put

MOST_HOURS = 24.0
"""Whatever the policy says; a laptop that is never looked at is better left without the agent."""
REMEMBERED = (LIMITS.days_back + 1) * DAY


@dataclass(frozen=True, slots=True)
class Pause:
    """From when to when, in seconds since 1970."""

    since: float
    until: float

    def holds(self, at: float) -> bool:
        return self.since <= at < self.until


def known(db: sqlite3.Connection) -> tuple[Pause, ...]:
    """Those that are remembered, oldest first."""
    return tuple(Pause(*pair) for pair in json.loads(get(db, "pauses", "[]")))


def current(db: sqlite3.Connection, now: float) -> Pause | None:
    """The pause that is on. One that would last too long was begun before the clock was put back."""
    return next((p for p in known(db) if p.holds(now) and p.until - now <= MOST_HOURS * HOUR), None)


def begin(db: sqlite3.Connection, now: float, hours: float) -> Pause:
    """Begin one, or let the one that is on last until then. To be called inside a transaction."""
    going_on = current(db, now)
    pause = Pause(going_on.since if going_on else now, now + hours * HOUR)
    _keep(db, [p for p in known(db) if p != going_on and now - p.until < REMEMBERED] + [pause])
    return pause


def end(db: sqlite3.Connection, now: float) -> None:
    """End the one that is on. To be called inside a transaction."""
    going_on = current(db, now)
    if going_on:
        _keep(db, [Pause(p.since, now) if p == going_on else p for p in known(db)])


def remember(db: sqlite3.Connection, since: float, until: float) -> None:
    """A time that is over in which nothing was to be looked at. To be called inside a transaction."""
    _keep(db, [*(p for p in known(db) if until - p.until < REMEMBERED), Pause(since, until)])


def _keep(db: sqlite3.Connection, remembered: Sequence[Pause]) -> None:
    put(db, "pauses", json.dumps([[p.since, p.until] for p in remembered]))
