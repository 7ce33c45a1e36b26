"""The agreement: what may leave a laptop at most, whatever a policy asks for.

Both sides read documents of it with this module, so that a laptop and its collector never differ over
what is agreed. Pure, and standard library only: the agent keeps it in memory for years.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.agreed.applications import OTHER
from agent.agreed.fault_rules import FAULT_RULES
from agent.agreed.listed_applications import APPLICATIONS
from agent.signals import EVENT, EVENT_DETAIL, EVENT_KINDS, FACTS, RAW_DAYS, ROW_DAYS, SUMMARY

FORMAT = "employee-dex agreement 1"

ANY = "*"
"""Stands for every server: the collector may move wherever it says."""
SERVICES_MOST = 10
"""Business services that a policy may name."""

AT_MOST: Mapping[str, float] = {
    "references": 5,
    "cpu_s_per_hour": 10,
    "rss_mib": 128,
    "batches_days": RAW_DAYS,
    "rows_days": ROW_DAYS,
}
"""Bounds from above where a document names none: other computers to try the network with, processor time
and memory at which the agent slows down, days that batches and rows are kept."""
AT_LEAST: Mapping[str, float] = {"events_s": 60, "policy_s": 300, "pause_hours": 0}
"""Bounds from below: seconds between deliveries and between looks at the policy, hours that somebody may
pause for."""


class Unreadable(ValueError):
    """A document is no agreement that this release can read. Its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an agreement allows.

    `named` holds one path per thing that may leave or be tried: ("summary", "boot_s"), ("summary", "apps",
    "hours"), ("events", "crash"), ("events", "crash", "signal"), ("facts", "model"), ("applications",
    "firefox"), ("services", "Intranet", "https://intranet.example.org"), ("faults", "full-disk"), ("servers",
    "https://new.example.org") or ("servers", ANY).
    """

    named: frozenset[tuple[str, ...]]
    most: Mapping[str, float]
    least: Mapping[str, float]

    @property
    def nothing(self) -> bool:
        """Whether nothing may be collected: the agreement has ended."""
        return not self.named

    def may_move_to(self, server: str) -> bool:
        """Whether what leaves may go to this address, beside the one of the enrolment."""
        return not {("servers", server), ("servers", ANY)}.isdisjoint(self.named)

    def of_summary(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A day's summary with what is agreed of it."""
        kept = {name: value for name, value in values.items() if ("summary", name) in self.named}
        for name, value in kept.items():
            if isinstance(value, list) and all(isinstance(row, dict) for row in value):
                kept[name] = self._rows(name, value)
        return kept

    def of_event(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """An event with what is agreed of it; None where its kind, or its service, is not."""
        kind = event["kind"]
        if not {("event", "event_id"), ("event", "kind"), ("events", kind)} <= self.named:
            return None
        kept = {name: value for name, value in event.items() if ("event", name) in self.named}
        if "app" in kept and not self._may_name(kept["app"]):
            kept |= {"app": OTHER, "version": ""}
        detail = {k: v for k, v in event.get("detail", {}).items() if ("events", kind, k) in self.named}
        if "service" in detail and detail["service"] not in self._services():
            return None
        kept.pop("detail", None)
        return kept | ({"detail": detail} if detail else {})

    def of_facts(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if ("facts", name) in self.named}

    def _rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Rows with the columns that are agreed; those of unlisted applications go into one."""
        kept = [{k: v for k, v in row.items() if ("summary", table, k) in self.named} for row in rows]
        if table == "services":
            services = self._services()
            return [row for row in kept if row.get("name") in services]
        if table != "apps":
            return kept
        named = [row for row in kept if self._may_name(row.get("name", "")) and row["name"] != OTHER]
        unnamed = [row for row in kept if row not in named]
        return named + ([_added_up(unnamed)] if unnamed else [])

    def _may_name(self, application: str) -> bool:
        return application == OTHER or ("applications", application) in self.named

    def _services(self) -> set[str]:
        return {path[1] for path in self.named if path[0] == "services"}


NOTHING = Bounds(frozenset(), dict.fromkeys(AT_MOST, 0.0), dict.fromkeys(AT_LEAST, float("inf")))
"""The bounds of an agreement that has ended."""


@dataclass(frozen=True, slots=True)
class Excess:
    """One kind of thing that goes beyond an agreement: names, or a number and its bound.

    `about` is a part of a document (`summary`, `events`, `applications`...) or the name of a bound.
    """

    about: str
    names: tuple[str, ...] = ()
    asked: float = 0.0
    agreed: float = 0.0


def excess(asked: Bounds, agreed: Bounds) -> list[Excess]:
    """What `asked` allows and `agreed` does not; empty where it stays within."""
    beyond: dict[str, list[str]] = {}
    for path in sorted(_not_in(agreed, asked.named)):
        beyond.setdefault(path[0], []).append(_name(path))
    found = [Excess(about, tuple(names)) for about, names in beyond.items()]
    for bound, most in agreed.most.items():
        if asked.most[bound] > most:
            found.append(Excess(bound, (), asked.most[bound], most))
    for bound, least in agreed.least.items():
        if asked.least[bound] < least:
            found.append(Excess(bound, (), asked.least[bound], least))
    return found


def meet(one: Bounds, other: Bounds) -> Bounds:
    """What both allow."""
    return Bounds(
        one.named - _not_in(other, one.named) | other.named - _not_in(one, other.named),
        {bound: min(most, other.most[bound]) for bound, most in one.most.items()},
        {bound: max(least, other.least[bound]) for bound, least in one.least.items()},
    )


def bounds_of(document: Mapping[str, Any]) -> Bounds:
    """The bounds that a document of an agreement sets. Raises Unreadable."""
    if document.get("format", FORMAT) != FORMAT:
        raise Unreadable("The agreement is written in a form that this release does not know.")
    if document.get("ended") is True:
        return NOTHING
    named: set[tuple[str, ...]] = set()
    for part in ("summary", "events"):
        named |= _paths(part, _with_details(part, document.get(part, {})))
    for part in ("event", "facts", "applications"):
        default = [f.name for f in EVENT] if part == "event" and "format" not in document else []
        named |= {(part, name) for name in _texts(part, document.get(part, default))}
    anywhere = [] if "format" in document else [ANY]
    named |= {("servers", server) for server in _texts("servers", document.get("servers", anywhere))}
    named |= {("services", *service) for service in addresses_of(document.get("services", []))}
    named |= {("faults", rule) for rule in limits_of_faults(document)}
    if not named:
        return NOTHING
    return Bounds(
        frozenset(named),
        _limits(document.get("at_most", {}), AT_MOST),
        _limits(document.get("at_least", {}), AT_LEAST),
    )


def addresses_of(rows: object) -> list[tuple[str, str]]:
    """Name and address of each service: its URL, or host:port. Raises Unreadable."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("name") for row in rows):
        raise Unreadable("The list of services cannot be read.")
    return [
        (str(row["name"]), str(row["url"]) if "url" in row else f"{row.get('host')}:{row.get('port')}")
        for row in rows
    ]


def limits_of_faults(document: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The faults that IT may be told of by asset tag, each with the numbers that decide. Raises Unreadable.

    A number that is left out is the built-in one. Documents before the first with this part name no fault.
    """
    found = _with_details("faults", document.get("faults", {}))
    built_in = {name: rule.limits for name, rule in FAULT_RULES.items()}
    return {name: _limits(limits, built_in.get(name, {})) for name, limits in found.items()}


def built_in_document() -> dict[str, Any]:
    """What holds where nobody has agreed on anything: the whole vocabulary, no services."""
    return {
        "format": FORMAT,
        "number": 0,
        "summary": {field.name: [row.name for row in field.rows] for field in SUMMARY},
        "event": [field.name for field in EVENT],
        "events": {kind: [field.name for field in EVENT_DETAIL[kind]] for kind in EVENT_KINDS},
        "facts": [field.name for field in FACTS],
        "applications": list(APPLICATIONS),
        "services": [],
        "faults": {name: dict(rule.limits) for name, rule in FAULT_RULES.items()},
        "servers": [ANY],
        "at_most": dict(AT_MOST),
        "at_least": dict(AT_LEAST),
    }


def ended_document(number: int) -> dict[str, Any]:
    """The document that ends an agreement."""
    return {"format": FORMAT, "number": number, "ended": True}


def number_of(document: Mapping[str, Any]) -> int:
    """Which edition it is; editions count up."""
    number = document.get("number", 0)
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed and signed: JSON in UTF-8 with sorted names, without spaces.

    Raises Unreadable for what has no such form, as lone surrogates and numbers that are none.
    """
    try:
        return json.dumps(
            document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        ).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable("The agreement holds something that cannot be written down.") from error


def _not_in(bounds: Bounds, paths: frozenset[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """Those of these paths that the bounds do not allow."""
    beyond = paths - bounds.named
    if ("servers", ANY) in bounds.named:
        beyond = frozenset(path for path in beyond if path[0] != "servers")
    return beyond


def _with_details(part: str, found: object) -> Mapping[str, Any]:
    """Documents before the first numbered format list the summary's fields without those of its tables."""
    if isinstance(found, list) and part == "summary":
        rows = {field.name: [row.name for row in field.rows] for field in SUMMARY}
        return {name: rows.get(name, []) for name in _texts(part, found)}
    if not isinstance(found, dict):
        raise Unreadable(f"The agreement's part “{part}” cannot be read.")
    return found


def _paths(part: str, names: Mapping[str, Any]) -> set[tuple[str, ...]]:
    return {(part, name) for name in names} | {
        (part, name, inner) for name, within in names.items() for inner in _texts(part, within)
    }


def _texts(part: str, found: object) -> Sequence[str]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise Unreadable(f"The agreement's part “{part}” cannot be read.")
    return found


def _limits(found: object, defaults: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(found, dict):
        raise Unreadable("The agreement's bounds cannot be read.")
    limits = {bound: found.get(bound, default) for bound, default in defaults.items()}
    if not all(isinstance(v, int | float) and not isinstance(v, bool) and v >= 0 for v in limits.values()):
        raise Unreadable("The agreement's bounds cannot be read.")
    return limits


def _name(path: tuple[str, ...]) -> str:
    """A path in words: "boot_s", "apps.hours", "Intranet (https://intranet.example.org)"."""
    return f"{path[1]} ({path[2]})" if path[0] == "services" else ".".join(path[1:])


def _added_up(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One row of "other" out of several."""
    numbers: dict[str, Any] = {}
    for row in rows:
        for column, value in row.items():
            if isinstance(value, int | float):
                numbers[column] = numbers.get(column, 0) + value
    return {"name": OTHER, "version": ""} | numbers


BUILT_IN = bounds_of(built_in_document())
"""What holds where nobody has agreed on anything."""
