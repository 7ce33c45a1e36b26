"""What an organisation asks of its laptops, and how much of it its agreement lets through. Pure."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.agreed.agreement import AT_MOST, Bounds, addresses_of, built_in_document
from agent.agreed.listed_applications import APPLICATIONS
from agent.signals import RAW_DAYS, ROW_DAYS
from server.agreement.editions import Edition, promises
from server.config import BACKLOG_PACE_DEFAULT
from server.terms import PROMISED, Terms

POLICY_VERSION = 1
EVENTS_EVERY_SECONDS = 60
POLICY_EVERY_SECONDS = 3600
PAUSE_HOURS = 4.0
CPU_S_PER_HOUR, RSS_MIB = 4.0, 64.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`services`: rows of the policy, each with a name and a `url`, or a `host` and a `port`; `references`
    are rows with name, host and port. `pause_hours`: 0 where nobody may pause."""

    applications: tuple[str, ...] = APPLICATIONS
    services: tuple[Mapping[str, Any], ...] = ()
    references: tuple[Mapping[str, Any], ...] = ()
    pause_hours: float = PAUSE_HOURS
    cpu_s_per_hour: float = CPU_S_PER_HOUR
    rss_mib: float = RSS_MIB
    address: str = ""
    """Where laptops find their collector from a day on; empty where it stays."""
    address_from: date | None = None
    batches_days: int = RAW_DAYS
    rows_days: int = ROW_DAYS
    """How long the server keeps what it gets, as it came and as rows."""
    terms: Terms = PROMISED
    """How long everything is kept."""

    @property
    def asked(self) -> Bounds:
        """What is asked for, in the terms of an agreement; the vocabulary is no matter of the policy."""
        named: set[tuple[str, ...]] = {("applications", name) for name in self.applications}
        named |= {("services", *address) for address in addresses_of(list(self.services))}
        if self.address:
            named.add(("servers", self.address))
        return Bounds(
            frozenset(named),
            {
                "references": len(self.references),
                "cpu_s_per_hour": self.cpu_s_per_hour,
                "rss_mib": self.rss_mib,
                "batches_days": self.batches_days,
                "rows_days": self.rows_days,
            },
            {
                "events_s": EVENTS_EVERY_SECONDS,
                "policy_s": POLICY_EVERY_SECONDS,
                "pause_hours": self.pause_hours,
            },
        )


def policy(
    settings: Settings,
    edition: Edition,
    pulse: Mapping[str, Any],
    handed_over: Sequence[Edition] = (),
    backlog_pace: float = BACKLOG_PACE_DEFAULT,
) -> dict[str, Any]:
    """The policy of a laptop, within the agreement; `pulse` is the part about questions, `handed_over` are
    editions in which an earlier key handed over to its successor, `backlog_pace` is the collector's own."""
    bounds = edition.bounds
    pause = max(settings.pause_hours, bounds.least["pause_hours"]) if not edition.ended else 0.0
    return {
        "version": POLICY_VERSION,
        "agreement": {
            "hash": edition.digest,
            "agreed": edition.agreed,
            "text": edition.text,
            **_signed(edition),
            "handed_over": [_signed(earlier) for earlier in handed_over],
        },
        "applications": [n for n in settings.applications if ("applications", n) in bounds.named],
        "references": [dict(row) for row in settings.references[: int(bounds.most["references"])]],
        "services": [dict(row) for row in settings.services if _agreed(row, bounds)],
        "intervals": {"events_s": EVENTS_EVERY_SECONDS, "policy_s": POLICY_EVERY_SECONDS},
        "backlog": {"batches_per_minute": backlog_pace},
        "pause": {"allowed": pause > 0, "hours_most": pause},
        "budget": {
            "cpu_s_per_hour": min(settings.cpu_s_per_hour, bounds.most["cpu_s_per_hour"]),
            "rss_mib": min(settings.rss_mib, bounds.most["rss_mib"]),
        },
        "server": _move(settings, bounds),
        "keep_days": {"batches": settings.batches_days, "rows": settings.rows_days},
        "pulse": {} if edition.ended else dict(pulse),
    }


def draft(settings: Settings, in_force: Edition) -> dict[str, Any]:
    """The next edition: the whole vocabulary of this release, and what the settings ask for."""
    document = built_in_document()
    most = AT_MOST if in_force.ended else in_force.bounds.most
    asked = settings.asked
    return (
        document
        | promises(settings.terms)
        | {
            "number": in_force.number + 1,
            "applications": list(settings.applications),
            "services": [dict(row) for row in settings.services],
            "servers": [settings.address] if settings.address else [],
            "at_most": {bound: max(most[bound], asked.most[bound]) for bound in most},
            "at_least": document["at_least"] | {"pause_hours": settings.pause_hours},
        }
    )


def _signed(edition: Edition) -> dict[str, Any]:
    return {
        "document": dict(edition.document),
        "signature": b64encode(edition.signature or b"").decode(),
        "key": b64encode(edition.modulus or b"").decode(),
    }


def _move(settings: Settings, bounds: Bounds) -> dict[str, str]:
    """Where laptops go, and from which day on; empty where the collector stays, or that is not agreed."""
    if not settings.address or not bounds.may_move_to(settings.address):
        return {}
    day = settings.address_from
    return {"address": settings.address, "from": day.isoformat() if day else ""}


def _agreed(service: Mapping[str, Any], bounds: Bounds) -> bool:
    return ("services", *addresses_of([service])[0]) in bounds.named
