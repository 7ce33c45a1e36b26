"""A pause for which the person at the laptop asked: nothing is looked at, and what happened then is not told.

Pauses are remembered as long as a source may still tell about their time.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.agreed.policy import load_policy
from agent.errors import AgentError, UsageError
from agent.local_time import DAY, HOUR
from agent.signals import LIMITS
from agent.store.local_store import LocalStore, get, get_number, put

MOST_HOURS = 24.0
"""Whatever the policy says; a laptop that is never looked at is better left without the agent."""
USUAL_HOURS = 1.0
REMEMBERED = (LIMITS.days_back + 1) * DAY


@dataclass(frozen=True, slots=True)
class Pause:
    """From when to when, in seconds since 1970."""

    since: float
    until: float

    def holds(self, at: float) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Rule:
    """What the policy says about pauses."""

    allowed: bool = False
    most_hours: float = 0.0


def rule_of(document: Mapping[str, Any]) -> Rule:
    """Not allowed unless the policy says so, and then for as long as it says."""
    part = document.get("pause")
    if not isinstance(part, dict) or part.get("allowed") is not True:
        return Rule()
    hours = part.get("hours_most")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or hours <= 0:
        return Rule(True, MOST_HOURS)
    return Rule(True, float(min(hours, MOST_HOURS)))


def begin_as_allowed(store: LocalStore, hours: float | None) -> Pause:
    """Begin one now, as long as the policy allows; AgentError where it does not."""
    rule = rule_of(load_policy(store.db).document)
    if not rule.allowed:
        raise AgentError("Your company's policy does not allow a pause.")
    wanted = min(USUAL_HOURS, rule.most_hours) if hours is None else hours
    if not 0 < wanted <= rule.most_hours:
        most = f"{rule.most_hours:g}"
        raise UsageError(f"A pause may last up to {most} hours.")
    with store.transaction() as db:
        return begin(db, _now(db), wanted)


def end_now(store: LocalStore) -> bool:
    """End the one that is on; whether there was one."""
    with store.transaction() as db:
        was_on = current(db, _now(db)) is not None
        end(db, _now(db))
    return was_on


def pauses(db: sqlite3.Connection) -> tuple[Pause, ...]:
    """Those that are remembered, oldest first."""
    return tuple(Pause(*pair) for pair in json.loads(get(db, "pauses", "[]")))


def current(db: sqlite3.Connection, now: float) -> Pause | None:
    """The pause that is on. One that would last too long was begun before the clock was put back."""
    return next((p for p in pauses(db) if p.holds(now) and p.until - now <= MOST_HOURS * HOUR), None)


def begin(db: sqlite3.Connection, now: float, hours: float) -> Pause:
    """Begin one, or let the one that is on last until then. To be called inside a transaction."""
    going_on = current(db, now)
    pause = Pause(going_on.since if going_on else now, now + hours * HOUR)
    _keep(db, [p for p in pauses(db) if p != going_on and now - p.until < REMEMBERED] + [pause])
    return pause


def end(db: sqlite3.Connection, now: float) -> None:
    """End the one that is on. To be called inside a transaction."""
    going_on = current(db, now)
    if going_on:
        _keep(db, [Pause(p.since, now) if p == going_on else p for p in pauses(db)])


def remember(db: sqlite3.Connection, since: float, until: float) -> None:
    """A time that is over in which nothing was to be looked at. To be called inside a transaction."""
    _keep(db, [*(p for p in pauses(db) if until - p.until < REMEMBERED), Pause(since, until)])


def _now(db: sqlite3.Connection) -> float:
    return time.time() + get_number(db, "clock_offset")


def _keep(db: sqlite3.Connection, remembered: Sequence[Pause]) -> None:
    put(db, "pauses", json.dumps([[p.since, p.until] for p in remembered]))
