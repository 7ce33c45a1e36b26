"""A policy as a collector offers it, and what became of it on a laptop."""

import time
from datetime import UTC, datetime
from typing import Any

from countersigner import COUNCIL, fingerprint_of

from agent.agreed.policy import load_policy
from agent.agreed.policy_offer import take
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.signals import Sample
from agent.store import bodies, observations, spool
from agent.store.local_store import LocalStore
from agent.store.observations import SourceState, Tick

COUNCILS_KEY = fingerprint_of(COUNCIL)
INTRANET = {"name": "Intranet", "url": "https://intranet.example.org/health"}


def offer(agreement: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"version": 1, "agreement": agreement, "applications": ["firefox"], **parts}


def asked(store: LocalStore, document: dict[str, Any], pinned: str = COUNCILS_KEY) -> str:
    """What the laptop says to this policy."""
    with store.transaction() as db:
        return take(db, document, "", pinned)


def named(store: LocalStore, *programs: str) -> list[str]:
    applications = load_policy(store.db).applications
    return [applications.name_of(program) for program in programs]


def saw_a_crash(store: LocalStore, app: str = "firefox") -> None:
    at = time.time()
    reading = Reading(
        [Sample("on_s", 60.0), Sample("active_s", 60.0, attributes={"source": "input"})],
        [Happening("crash", datetime.fromtimestamp(at, UTC), app, "1")],
    )
    with store.transaction() as db:
        observations.record(db, Tick(at, {"all": reading}, {"active": SourceState("ok")}))
        revisions.make_all_due(db, at)


def waiting(store: LocalStore) -> list[dict[str, Any]]:
    return [bodies.unpacked(batch.body) for batch in spool.waiting(store.db)]
