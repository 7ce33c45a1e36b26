"""What the collector asks of this laptop, kept in the local store so that it applies without a restart.

Whatever a policy asks for, `Policy` gives no more of it than was agreed (agreement.py). Whether a policy
is taken at all is decided in policy_offer.py.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.agreed.agreement import BUILT_IN, Bounds, addresses_of, bounds_of, meet
from agent.agreed.applications import Applications
from agent.business_services.service import Service, services_of
from agent.store.local_store import get

CHECK_EVERY = 3600.0
"""Seconds between two looks at the collector's policy, unless it says otherwise."""
CHECK_BOUNDS = (300.0, 24 * 3600.0)
BACKLOG_PACE = 20.0
"""Batches of earlier days that leave in a minute, unless the collector says otherwise."""
BACKLOG_BOUNDS = (1.0, 600.0)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOST = 1e15
"""No number of a policy is as high as this."""

Reference = tuple[str, str, int]
"""Name, host and port of a computer whose answers show how the network is doing."""


@dataclass(frozen=True, slots=True)
class FaultNotice:
    """Something that the collector tells IT is wrong with this laptop; `says` is its own English sentence."""

    rule: str
    subject: str
    since: str
    says: str
    ticket: str


@dataclass(frozen=True, slots=True)
class LookNotice:
    """A look at this laptop that somebody of IT took, or asked for; `looked`: whether anything was shown."""

    day: str
    role: str
    name: str
    reason: str
    ticket: str
    state: str
    looked: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force. `document` is it as it came; `signed` the agreement that was countersigned last
    by the key this laptop knows, None where there is none."""

    document: Mapping[str, Any]
    signed: Mapping[str, Any] | None = None

    @property
    def version(self) -> str:
        return str(self.document.get("version", ""))

    @property
    def agreement(self) -> Mapping[str, Any]:
        found = self.document.get("agreement")
        return found if isinstance(found, dict) else {}

    @property
    def bounds(self) -> Bounds:
        """What may leave this laptop at most: what is agreed, and not taken back by the collector since."""
        agreed = BUILT_IN if self.signed is None else bounds_of(self.signed)
        document = self.agreement.get("document")
        return meet(agreed, bounds_of(document)) if isinstance(document, dict) else agreed

    @property
    def ended(self) -> bool:
        """Whether the agreement has ended, so that nothing is collected."""
        documents = (self.agreement.get("document"), self.signed)
        return any(isinstance(found, dict) and found.get("ended") is True for found in documents)

    @property
    def check_every(self) -> float:
        """Seconds until the policy is looked at again."""
        low, high = CHECK_BOUNDS
        return min(max(self.numbers("intervals").get("policy_s", CHECK_EVERY), low), high)

    @property
    def backlog_pace(self) -> int:
        """Batches of days before yesterday that may leave in a minute."""
        low, high = BACKLOG_BOUNDS
        return int(min(max(self.numbers("backlog").get("batches_per_minute", BACKLOG_PACE), low), high))

    @property
    def applications(self) -> Applications:
        named = self.bounds.named
        return Applications(n for n in self.texts("applications") if ("applications", n) in named)

    @property
    def services(self) -> tuple[Service, ...]:
        """Business services to try."""
        rows = self._rows("services")
        named = self.bounds.named if rows else frozenset()
        return services_of([row for row in rows if ("services", *addresses_of([row])[0]) in named])

    @property
    def references(self) -> tuple[Reference, ...]:
        """Computers to try the network with."""
        return self.every_reference[: int(self.bounds.most["references"])]

    @property
    def moves_to(self) -> tuple[str, str]:
        """Where the collector is from a day on, as far as that is agreed; two empty texts where it stays."""
        address, day = self.asked_move
        return (address, day) if address and self.bounds.may_move_to(address) else ("", "")

    @property
    def fault_notices(self) -> list[FaultNotice]:
        """What IT sees as wrong with this laptop, agreed or not."""
        notices = []
        for row in self._rows("faults"):
            told = {name: text for name, text in row.items() if isinstance(text, str)}
            rule, _, subject = told.get("fault", "").partition(":")
            if rule and DAY.fullmatch(told.get("since", "")):
                says, ticket = told.get("says", ""), told.get("ticket", "")
                notices.append(FaultNotice(rule, subject, told["since"], says, ticket))
        return notices

    @property
    def look_notices(self) -> list[LookNotice]:
        """Who of IT looked at this laptop, the newest first."""
        names = ("day", "role", "name", "reason", "ticket", "state")
        notices = []
        for row in self._rows("looks"):
            told = {name: row[name] for name in names if isinstance(row.get(name), str)}
            if len(told) == len(names) and DAY.fullmatch(told["day"]):
                notices.append(LookNotice(**told, looked=row.get("looked") is True))
        return notices

    # What the document asks for, agreed or not. Entries that cannot be read are left out.

    def texts(self, part: str) -> list[str]:
        found = self.document.get(part)
        return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []

    def numbers(self, part: str) -> dict[str, float]:
        found = self.document.get(part)
        rows = found.items() if isinstance(found, dict) else ()
        return {
            name: float(value)
            for name, value in rows
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MOST
        }

    @property
    def asked_move(self) -> tuple[str, str]:
        """An address without a trailing slash, and a day (YYYY-MM-DD)."""
        found = self.document.get("server")
        row = found if isinstance(found, dict) else {}
        return str(row.get("address", "")).rstrip("/"), str(row.get("from", ""))

    @property
    def service_addresses(self) -> list[tuple[str, str]]:
        return addresses_of(self._rows("services"))

    @property
    def every_reference(self) -> tuple[Reference, ...]:
        return tuple(
            (str(row.get("name") or row["host"]), str(row["host"]), int(row["port"]))
            for row in self._rows("references")
            if row.get("host") and isinstance(row.get("port"), int)
        )

    def _rows(self, part: str) -> list[Mapping[str, Any]]:
        found = self.document.get(part)
        rows = found if isinstance(found, list) else []
        return [row for row in rows if isinstance(row, dict) and (part != "services" or row.get("name"))]


def load_policy(db: sqlite3.Connection) -> Policy:
    """The policy in force; before the first one, an empty one: nothing is named, all is "other"."""
    signed = get(db, "agreement_signed")
    return Policy(json.loads(get(db, "policy", "{}")), json.loads(signed) if signed else None)
