"""How the agent is doing: whether it runs, reaches its collector, and what it cannot see."""

import sqlite3
import time
from dataclasses import asdict, dataclass
from typing import Any

from agent.agreed import policy
from agent.agreed.agreement_words import state_words
from agent.collectors.companion import COMPANIONS
from agent.config import Config
from agent.language.words import _, retold
from agent.local_time import day_of
from agent.service.budget import load_factors
from agent.store import observations, pauses, spool
from agent.store.identity import Identity, located
from agent.store.local_store import dropped_by_reason, get, get_number
from agent.system.only_one import holder_of


@dataclass(frozen=True, slots=True)
class Status:
    """Times are seconds since 1970; `process` is empty where no agent runs on this state folder."""

    server: str
    moving: str
    """Where the collector moves to or came from, in the reader's words; empty where it stays."""
    enrolled: bool
    device_id: str
    process: str
    last_sent_at: float
    trouble: str
    waiting: int
    rejected: int
    dropped: dict[str, int]
    store_bytes: int
    clock_offset_s: float
    policy_version: str
    policy_refused: str
    agreed: bool
    agreement: str
    """What holds, in the reader's words."""
    paused_until: float
    """0 where no pause is on."""
    throttled: dict[str, float]
    """By how much each part's interval is longer, because the agent was over its budget."""
    sources: dict[str, dict[str, str]]
    companions: list[str]
    """How each desktop is seen whose companion speaks."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def status(config: Config, identity: Identity | None, db: sqlite3.Connection) -> Status:
    in_force = policy.load_policy(db)
    states = observations.source_states(db)
    return Status(
        server=located(config, identity).server,
        moving=moving_words(in_force, db),
        enrolled=identity is not None,
        device_id=identity.device_id if identity else "",
        process=holder_of(config.state / "run.lock") or "",
        last_sent_at=get_number(db, "last_sent_at"),
        trouble=get(db, "send_trouble"),
        waiting=spool.count(db, spool.WAITING),
        rejected=spool.count(db, spool.REJECTED),
        dropped=dropped_by_reason(db),
        store_bytes=spool.used_bytes(db),
        clock_offset_s=get_number(db, "clock_offset"),
        policy_version=in_force.version,
        policy_refused=get(db, "policy_refused"),
        agreed=in_force.signed is not None and not in_force.ended,
        agreement=state_words(in_force),
        paused_until=paused_until(db, time.time()),
        throttled=load_factors(db),
        sources={name: asdict(state) for name, (state, _) in states.items()},
        companions=observations.cursors(db).get(COMPANIONS, "").split(),
    )


def moving_words(in_force: policy.Policy, db: sqlite3.Connection) -> str:
    """The collector's move, while it is under way."""
    if trouble := get(db, "move_trouble"):
        return retold(trouble)
    if before := get(db, "moved_from"):
        return _("The collector has moved here from {server}.", server=before)
    address, day = in_force.moves_to
    if address and day > day_of(time.time()):
        return _("The collector moves to {server} on {day}.", server=address, day=day)
    return ""


def paused_until(db: sqlite3.Connection, wall: float) -> float:
    """When the pause ends that is on, by the laptop's own clock; 0 without one."""
    offset = get_number(db, "clock_offset")
    found = pauses.current(db, wall + offset)
    return found.until - offset if found else 0.0
