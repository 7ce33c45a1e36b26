"""The ledger: what left this laptop, what waits, and what never will, in words and as exact bytes."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent import batches, spool
from agent.signals import ADVICE, APPS, EVENT_DETAIL, FACTS, SUMMARY, Field
from agent.spool import Batch

EVENT_WORDS = {
    "crash": "An application crashed",
    "hang": "An application stopped answering",
    "oscrash": "The system stopped without a shutdown",
    "oom": "The system ended a program because memory ran out",
    "update": "The system was updated",
    "service_down": "A business service could not be reached",
    "service_up": "A business service could be reached again",
    "low_disk": "The system disk was almost full",
    "agent": "The agent noted something about itself",
}
STATE_WORDS = {"ok": "readable", "denied": "not permitted", "absent": "not there", "gap": "with gaps"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch for a reader. `exact` is the JSON as it was sent; the body is that JSON, compressed."""

    batch: Batch
    words: Sequence[str]
    exact: str

    def as_json(self) -> dict[str, Any]:
        batch = self.batch
        return {
            "batch_id": batch.batch_id,
            "day": batch.day,
            "state": batch.state,
            "made_at": batch.made_at,
            "answered_at": batch.answered_at,
            "answer": batch.answer,
            "bytes": len(batch.body),
            "body": batch.body.hex(),
            "content": json.loads(self.exact),
        }


def waiting(db: sqlite3.Connection) -> list[Entry]:
    return [_entry(batch) for batch in spool.waiting(db)]


def answered(db: sqlite3.Connection, limit: int) -> list[Entry]:
    return [_entry(batch) for batch in spool.answered(db, limit)]


def words_of(content: Mapping[str, Any]) -> list[str]:
    """A batch in words, one line per thing that it says."""
    lines = summary_words(content.get("summary", {}))
    lines += [event_words(event) for event in content.get("events", ())]
    return lines + _lines(content.get("facts", {}), FACTS)


def summary_words(summary: Mapping[str, Any]) -> list[str]:
    lines = _lines(summary, [field for field in SUMMARY if field.kind not in ("table", "map")])
    for row in summary.get("apps", ()):
        counts = [f"{f.says.lower()}: {row[f.name]}" for f in APPS if f.kind == "count" and f.name in row]
        lines.append(
            " ".join([row.get("name", ""), row.get("version", "")]).strip() + ": " + ", ".join(counts)
        )
    if summary.get("coverage"):
        lines.append("Which sources could be read: " + _coverage(summary["coverage"]))
    for name, number in summary.get("gap_min", {}).items():
        lines.append(f"{ADVICE[name].name}: not readable for {_amount(number, 'min')}")
    for row in summary.get("agent", ()):
        own = {field.name: field for field in next(f for f in SUMMARY if f.name == "agent").rows}
        lines += _lines({k: v for k, v in row.items() if v}, list(own.values()))
    return lines


def event_words(event: Mapping[str, Any]) -> str:
    text = EVENT_WORDS.get(str(event.get("kind")), str(event.get("kind")))
    named = " ".join(str(event[key]) for key in ("app", "version") if event.get(key))
    if named:
        text += f": {named}"
    if "hour" in event:
        text += f", between {event['hour']}:00 and {event['hour'] + 1}:00"
    if event.get("value") is not None:
        text += f", {event['value']:g}"
    details = event.get("detail") or {}
    known = {field.name for field in EVENT_DETAIL.get(str(event.get("kind")), ())}
    return text + "".join(f", {name} {value}" for name, value in details.items() if name in known)


def length(seconds: float) -> str:
    """A duration for a reader: "5 h 20 min", "12 min", "4.2 s"."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _entry(batch: Batch) -> Entry:
    content = batches.unpacked(batch.body)
    return Entry(batch, words_of(content), json.dumps(content, ensure_ascii=False, indent=1))


def _lines(values: Mapping[str, Any], fields: Iterable[Field]) -> list[str]:
    return [f"{f.says}: {_said(values[f.name], f)}" for f in fields if values.get(f.name) is not None]


def _said(value: Any, field: Field) -> str:
    match field.kind:
        case "numbers":
            known = [_amount(v, field.unit) if v is not None else "unknown" for v in value]
            return ", ".join(known) or "none"
        case "map":
            return ", ".join(f"{name} {number:g}" for name, number in value.items()) or "none"
        case "number" | "count":
            return _amount(value, field.unit)
        case _:
            return str(value) or "unknown"


def _amount(value: float, unit: str) -> str:
    if unit in ("s", "min"):
        return length(value * (60 if unit == "min" else 1))
    return f"{value:,.6g}" + ("" if unit == "1" else f" {'bytes' if unit == 'By' else unit}")


def _coverage(states: Mapping[str, str]) -> str:
    """Sources by how they could be read."""
    by_state: dict[str, list[str]] = {}
    for source, state in states.items():
        by_state.setdefault(state, []).append(ADVICE[source].name)
    return "; ".join(f"{STATE_WORDS[state]}: {', '.join(names)}" for state, names in by_state.items())
