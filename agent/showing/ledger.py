"""The ledger: what left this laptop, what waits, and what never will, in words and as exact bytes."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.advice import ADVICE
from agent.language.formats import amount, length, minutes_long, number, size
from agent.language.words import _
from agent.showing.value_words import CHOICE_WORDS, DROP_WORDS, EVENT_WORDS, STATE_WORDS, UNIT_WORDS
from agent.signals import AGENT_STATS, APPS, EVENT_DETAIL, FACTS, SERVICES, SUMMARY, Field
from agent.store import bodies, spool
from agent.store.spool import Batch


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
    lines += [_app_words(row) for row in summary.get("apps", ())]
    lines += [_service_words(row) for row in summary.get("services", ())]
    lines += _coverage(summary.get("coverage", {}))
    for name, minutes in summary.get("gap_min", {}).items():
        lines.append(
            _(
                "{source}: not readable for {length}",
                source=_(ADVICE[name].name),
                length=minutes_long(minutes),
            )
        )
    for row in summary.get("agent", ()):
        lines += _lines({k: v for k, v in row.items() if v}, AGENT_STATS)
    return lines


def event_words(event: Mapping[str, Any]) -> str:
    kind = str(event.get("kind"))
    text = _(EVENT_WORDS.get(kind, kind))
    named = " ".join(str(event[key]) for key in ("app", "version") if event.get(key))
    if named:
        text = _pair(text, named)
    details = event.get("detail") or {}
    known = [_said(details[f.name], f) for f in EVENT_DETAIL.get(kind, ()) if f.name in details]
    if known:
        text = _("{event} ({details})", event=text, details=_joined(known))
    if event.get("value") is not None:
        text = _joined([text, _value_words(kind, event["value"])])
    if "hour" in event:
        start, end = f"{event['hour']}:00", f"{event['hour'] + 1}:00"
        text = _("{event}, between {start} and {end}", event=text, start=start, end=end)
    return text


def _value_words(kind: str, value: float) -> str:
    """What the number of an event is: the length of a hang, or free room."""
    return _filled_unit(value, "%") if kind == "low_disk" else length(value)


def _app_words(row: Mapping[str, Any]) -> str:
    """One application's line: what was counted of it."""
    named = " ".join(str(row[key]) for key in ("name", "version") if row.get(key))
    return _pair(named, _joined(_lines(row, [field for field in APPS if field.kind != "text"])))


def _service_words(row: Mapping[str, Any]) -> str:
    return _pair(row["name"], _joined(_lines(row, [field for field in SERVICES if field.kind != "text"])))


def _entry(batch: Batch) -> Entry:
    content = bodies.unpacked(batch.body)
    return Entry(batch, words_of(content), json.dumps(content, ensure_ascii=False, indent=1))


def _lines(values: Mapping[str, Any], fields: Iterable[Field]) -> list[str]:
    return [_pair(_(f.says), _said(values[f.name], f)) for f in fields if values.get(f.name) is not None]


def _pair(about: str, said_of_it: str) -> str:
    return _("{about}: {value}", about=about, value=said_of_it)


def _joined(parts: Iterable[str]) -> str:
    return _(", ").join(parts)


def _said(value: Any, field: Field) -> str:
    match field.kind:
        case "numbers":
            return _joined(_amount(v, field.unit) if v is not None else _("unknown") for v in value) or _(
                "none"
            )
        case "map":
            words = DROP_WORDS if field.name == "dropped" else CHOICE_WORDS
            return _joined(_pair(_(words.get(k, k)), number(v)) for k, v in value.items()) or _("none")
        case "number" | "count":
            return _amount(value, field.unit)
        case "choice":
            return _(CHOICE_WORDS.get(value, value))
        case _:
            return str(value) or _("unknown")


def _amount(value: float, unit: str) -> str:
    if unit == "s":
        return length(value)
    if unit == "min":
        return minutes_long(value)
    if unit == "By":
        return size(round(value))
    return _filled_unit(value, unit)


def _filled_unit(value: float, unit: str) -> str:
    return _(UNIT_WORDS[unit], n=amount(value, 6)) if unit in UNIT_WORDS else amount(value, 6)


def _coverage(states: Mapping[str, str]) -> list[str]:
    """A line for each way in which sources could be read."""
    by_state: dict[str, list[str]] = {}
    for source, state in states.items():
        by_state.setdefault(state, []).append(_(ADVICE[source].name))
    about = _("Which sources could be read")
    return [_pair(_pair(about, _(STATE_WORDS[s])), _("; ").join(names)) for s, names in by_state.items()]
