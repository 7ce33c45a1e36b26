"""What the short-lived sender does for the pulse: hear of a period, hand in one message, fetch tokens."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from agent.config import Config
from agent.local_time import day_of
from agent.pulse import memory
from agent.pulse.answers import send_due
from agent.pulse.doors import Doors
from agent.pulse.memory import Memory, memory_path
from agent.pulse.tokens import fetch, note_period, told_by


def run_errand(config: Config, token: str, policy: Mapping[str, Any], now: float) -> None:
    """Everything that is due now. Raises Refused or Unreachable; what waits is kept."""
    told = told_by(policy)
    path = memory_path(config.state)
    if told is None and not path.exists():
        return
    store = Memory(path)
    try:
        if told is not None:
            note_period(store, told, now, date.fromisoformat(day_of(now)))
        doors = Doors(config, token)
        send_due(store, doors, now)
        known = memory.latest_period(store.db)
        if known is not None and known.fetch_at is not None and known.fetch_at <= now:
            fetch(store, doors, known, now)
    finally:
        store.close()
