"""What the agent may cost at most, and what it does when it costs more.

Processor time is an account: so much is paid in per hour, and what was not used is kept for some hours,
so that a start or a question to the package manager is no reason to act. When the account is empty, what
cost the most since then is done half as often; when it is full again, everything a step more often.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.local_time import HOUR
from agent.store.local_store import get, put

CPU_S_PER_HOUR = 4.0
RSS_MIB = 64.0
HOURS_KEPT = 3.0
"""How much unused processor time is kept, in hours of the budget."""
SLOWEST = 16.0
"""The most by which an interval is made longer."""
FRESH_STARTS = 3
"""How often a day the agent starts anew because of its memory; then it goes on and says so."""
DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Budget:
    """The policy's hard limits."""

    cpu_s_per_hour: float = CPU_S_PER_HOUR
    rss_mib: float = RSS_MIB


def budget_of(document: Mapping[str, Any]) -> Budget:
    """The budget that a policy names; the built-in one for what it does not name."""
    part = document.get("budget")
    given = part if isinstance(part, dict) else {}
    return Budget(
        _positive(given.get("cpu_s_per_hour"), CPU_S_PER_HOUR), _positive(given.get("rss_mib"), RSS_MIB)
    )


class Throttle:
    """`factors` says by how much the interval of a collector, or the time between deliveries, is longer."""

    def __init__(self, factors: Mapping[str, float] | None = None) -> None:
        self.factors: dict[str, float] = dict(factors or {})
        self._account = HOURS_KEPT
        self._seen: tuple[float, float] | None = None
        self._spent: dict[str, float] = {}

    def note(self, budget: Budget, awake: float, own_cpu_s: float, spent: Mapping[str, float]) -> str:
        """Take over seconds awake, processor time of all the agent and of its parts since the start.

        Returns the part that is throttled from now on, or more than before; empty if none is.
        """
        last, self._seen = self._seen, (awake, own_cpu_s)
        if last is None:
            self._spent = dict(spent)
            return ""
        earned = (awake - last[0]) / HOUR
        self._account += earned - (own_cpu_s - last[1]) / budget.cpu_s_per_hour
        if self._account >= HOURS_KEPT:
            self._account = HOURS_KEPT
            if self.factors:
                self._ease(spent)
            return ""
        return self._tighten(spent) if self._account < 0 else ""

    def _tighten(self, spent: Mapping[str, float]) -> str:
        since = {name: seconds - self._spent.get(name, 0.0) for name, seconds in spent.items()}
        self._spent, self._account = dict(spent), 1.0
        costliest = max(since, key=lambda name: since[name], default="")
        if not costliest:
            return ""
        self.factors[costliest] = min(SLOWEST, 2 * self.factors.get(costliest, 1.0))
        return costliest

    def _ease(self, spent: Mapping[str, float]) -> None:
        self._spent, self._account = dict(spent), 1.0
        self.factors = {name: factor / 2 for name, factor in self.factors.items() if factor > 2}


def load_factors(db: sqlite3.Connection) -> dict[str, float]:
    """What was throttled when the agent last ran."""
    pairs = (pair.split("=") for pair in get(db, "throttled").split())
    return {name: float(factor) for name, factor in pairs}


def keep_factors(db: sqlite3.Connection, factors: Mapping[str, float]) -> None:
    put(db, "throttled", " ".join(f"{name}={factor:g}" for name, factor in sorted(factors.items())))


def may_start_anew(db: sqlite3.Connection, day: str) -> bool:
    """Whether the day's fresh starts are not used up; counts one. To be called inside a transaction."""
    known, _, times = get(db, "fresh_starts").partition(" ")
    used = int(times) if known == day else 0
    if used >= FRESH_STARTS:
        return False
    put(db, "fresh_starts", f"{day} {used + 1}")
    return True


def _positive(value: object, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return otherwise
    return float(value)
