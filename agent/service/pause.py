"""A pause for which the person at the laptop asked: nothing is looked at, and what happens is not told."""

import sqlite3
import time

from agent.agreed.pause_rule import rule_of
from agent.agreed.policy import load_policy
from agent.errors import AgentError, UsageError
from agent.store.local_store import LocalStore, get_number
from agent.store.pauses import Pause, begin, current, end

USUAL_HOURS = 1.0


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


def _now(db: sqlite3.Connection) -> float:
    return time.time() + get_number(db, "clock_offset")
