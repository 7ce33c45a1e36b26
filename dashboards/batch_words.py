"""A batch as it left the laptop, in the words of the vocabulary. Pure but for the translation."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.advice import ADVICE
from agent.signals import (
    AGENT_STATS,
    EVENT,
    EVENT_DETAIL,
    FACTS,
    SERVICE_CAUSES,
    SUMMARY,
    Field,
)
from dashboards.formats import minutes, number, seconds
from dashboards.own_services import CAUSE_NAMES
from dashboards.words import gettext, lazy_gettext
from server.web.body import stored_json

Line = tuple[str, str]
"""What a value means, and the value as text."""

EVENT_NAMES = {
    "crash": lazy_gettext("An application crashed"),
    "hang": lazy_gettext("An application stopped answering"),
    "oscrash": lazy_gettext("The system stopped without a shutdown"),
    "oom": lazy_gettext("The system ended a program because memory ran out"),
    "update": lazy_gettext("The system was updated"),
    "service_down": lazy_gettext("A business service did not answer"),
    "service_up": lazy_gettext("A business service answers again"),
    "low_disk": lazy_gettext("The system disk is nearly full"),
    "agent": lazy_gettext("The agent did something about itself"),
}

_LENGTHS = {"s": seconds, "min": minutes}

STATE_NAMES = {
    "ok": lazy_gettext("seen"),
    "gap": lazy_gettext("seen with gaps"),
    "denied": lazy_gettext("not permitted"),
    "absent": lazy_gettext("not there"),
}


def as_sent(body: bytes) -> str:
    """The text inside a body, compressed or not, exactly as the laptop wrote it."""
    return stored_json(body).decode("utf-8", "replace")


_ENVELOPE = {
    "batch_id": lazy_gettext("Random number of this delivery"),
    "install_id": lazy_gettext("Random number of the agent’s installation"),
    "seq": lazy_gettext("Running number of its deliveries"),
    "day": lazy_gettext("Day it is about"),
}


def envelope_words(text: str) -> list[Line]:
    """What a batch says about itself."""
    batch = json.loads(text)
    return [(str(says), str(batch[name])) for name, says in _ENVELOPE.items() if name in batch]


def summary_words(text: str) -> list[Line]:
    """The day summary of a batch, one line per value; empty without one."""
    summary = json.loads(text).get("summary") or {}
    return [line for field in SUMMARY if field.name in summary for line in _lines(field, summary[field.name])]


def event_words(text: str) -> list[list[Line]]:
    """Each event of a batch as lines."""
    return [_event_lines(event) for event in json.loads(text).get("events") or []]


def facts_words(facts: Mapping[str, Any]) -> list[Line]:
    return [
        line
        for field in FACTS
        if facts.get(field.name) is not None
        for line in _lines(field, facts[field.name])
    ]


def sent_facts(text: str) -> list[Line]:
    """The facts about the laptop in a batch, if it has any."""
    return facts_words(json.loads(text).get("facts") or {})


def _event_lines(event: Mapping[str, Any]) -> list[Line]:
    lines = _row(EVENT, {k: v for k, v in event.items() if k not in ("detail", "kind")})
    kind = str(event.get("kind"))
    name = EVENT_NAMES.get(kind, kind)
    return [
        (gettext("What happened"), str(name)),
        *lines,
        *_row(EVENT_DETAIL.get(kind, ()), event.get("detail") or {}),
    ]


def _row(fields: Iterable[Field], row: Mapping[str, Any]) -> list[Line]:
    return [line for field in fields if field.name in row for line in _lines(field, row[field.name])]


def _lines(field: Field, value: Any) -> list[Line]:
    """One value as a line; a table or a map as a line for each of its parts."""
    says = gettext(field.says)
    if field.kind == "table":
        rows: Sequence[Mapping[str, Any]] = value if isinstance(value, list) else [value]
        return [(says, _joined(_row(field.rows or AGENT_STATS, row))) for row in rows]
    if field.kind == "map":
        return [(says, _joined((_part_name(key), _plain(part, field.unit)) for key, part in value.items()))]
    if field.choices == SERVICE_CAUSES:
        return [(says, _part_name(value))]
    if field.kind == "numbers":
        return [(says, ", ".join(_plain(part, field.unit) for part in value) or gettext("none"))]
    return [(says, _plain(value, field.unit))]


def _joined(lines: Iterable[Line]) -> str:
    return "; ".join(f"{says}: {value}" for says, value in lines) or gettext("none")


def _part_name(key: str) -> str:
    return gettext(ADVICE[key].name) if key in ADVICE else str(CAUSE_NAMES.get(key, key))


def _plain(value: Any, unit: str) -> str:
    if value is None:
        return gettext("not known")
    if isinstance(value, str):
        return str(STATE_NAMES.get(value, value))
    if unit in _LENGTHS:
        return _LENGTHS[unit](value)
    shown = number(value, 1)
    return shown if unit in ("", "1") else f"{shown} {'B' if unit == 'By' else unit}"
