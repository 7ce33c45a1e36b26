"""What the collector asks of this laptop, kept in the local store so that it applies without a restart.

The agreement's hash is pinned by the enrolment. A policy under another agreement is not taken: the old
one stays in force until somebody enrols this laptop again.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agent.applications import Applications
from agent.collectors.options import CollectorOptions, Reference
from agent.config import LOOPBACK, Config
from agent.local_store import get, put

CHECK_EVERY = 3600.0
"""Seconds between two looks at the collector's policy, unless it says otherwise."""
CHECK_BOUNDS = (300.0, 24 * 3600.0)
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force. `document` is it as it came."""

    document: Mapping[str, Any]

    @property
    def version(self) -> str:
        return str(self.document.get("version", ""))

    @property
    def agreement(self) -> Mapping[str, Any]:
        found = self.document.get("agreement")
        return found if isinstance(found, dict) else {}

    @property
    def check_every(self) -> float:
        """Seconds until the policy is looked at again."""
        intervals = self.document.get("intervals")
        wanted = intervals.get("policy_s") if isinstance(intervals, dict) else None
        low, high = CHECK_BOUNDS
        return min(max(float(wanted), low), high) if isinstance(wanted, int | float) else CHECK_EVERY

    @property
    def applications(self) -> Applications:
        names = self.document.get("applications")
        return (
            Applications(n for n in names if isinstance(n, str))
            if isinstance(names, list)
            else Applications()
        )

    @property
    def references(self) -> tuple[Reference, ...]:
        """Computers to try the network with; entries that cannot be read are left out."""
        found = self.document.get("references")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return tuple(
            (str(row.get("name") or row["host"]), str(row["host"]), int(row["port"]))
            for row in rows
            if row.get("host") and isinstance(row.get("port"), int)
        )


def load_policy(db: sqlite3.Connection) -> Policy:
    """The policy in force; before the first one, an empty one: nothing is named, all is "other"."""
    return Policy(json.loads(get(db, "policy", "{}")))


def take(db: sqlite3.Connection, document: Mapping[str, Any], etag: str, pinned: str) -> str:
    """Put a policy in force. An empty text, or the sentence why it was not taken."""
    put(db, "policy_etag", etag)
    refusal = why_refused(Policy(document), pinned)
    if not refusal:
        put(db, "policy", json.dumps(document))
    put(db, "policy_refused", refusal)
    return refusal


def why_refused(offered: Policy, pinned: str) -> str:
    """A policy may ask for what its agreement lists, and the agreement must be the pinned one."""
    agreement = offered.agreement
    if str(agreement.get("hash", "")) != pinned:
        return (
            "The collector's policy rests on another agreement than the one this laptop was enrolled under; "
            "the old policy stays in force until the laptop is enrolled again."
        )
    document = agreement.get("document")
    agreed = document.get("applications") if isinstance(document, dict) else None
    asked = offered.document.get("applications")
    if isinstance(agreed, list) and isinstance(asked, list) and not set(asked) <= set(agreed):
        return "The collector's policy names applications that its agreement does not list; it is not taken."
    return ""


def collector_options(config: Config, policy: Policy) -> CollectorOptions:
    """The collector's own endpoint first; one on this laptop itself tells nothing about the network."""
    own = _endpoint(config.server)
    references = tuple(r for r in (own, *policy.references) if r is not None and r[1] not in LOOPBACK)
    return CollectorOptions(references=references, system_disk=config.system_disk)


def _endpoint(server: str) -> Reference | None:
    parts = urlsplit(server)
    if not parts.hostname:
        return None
    return "collector", parts.hostname, parts.port or PORTS[parts.scheme]
