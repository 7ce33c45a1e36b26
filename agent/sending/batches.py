"""Batches: the bytes that leave the laptop, made from events that wait and summaries that are due.

Nothing gets in that is not in the vocabulary: every name, kind and bound is checked against
`agent.signals` here, whatever the collectors gave.
"""

import hashlib
import json
import math
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.agreed.agreement import Bounds
from agent.agreed.applications import Applications
from agent.agreed.policy import Policy
from agent.local_time import day_of
from agent.sending import revisions
from agent.sending.day_summary import summarise
from agent.signals import (
    COVERAGE_STATES,
    EVENT_DETAIL,
    FACTS,
    HOURLESS_EVENTS,
    LIMITS,
    SUMMARY,
    Field,
)
from agent.store import bodies, observations, spool
from agent.store.local_store import count_dropped, dropped_by_reason, get, get_number, put
from agent.store.observations import KeptHappening
from agent.store.spool import Batch
from agent.version import VERSION


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary that is due, with the number of its edition."""

    revision: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may leave: what is agreed, and the programs that the policy names."""

    bounds: Bounds
    applications: Applications


def compose(db: sqlite3.Connection, now: float, policy: Policy, rss_peak_mib: float) -> int:
    """Make batches of all that should leave now; how many. To be called inside a transaction."""
    bounds = policy.bounds
    if bounds.nothing:
        _let_go(db)
        return 0
    allowed = Allowed(bounds, policy.applications)
    due = revisions.due_days(db, now)
    facts = bounds.of_facts(json.loads(get(db, "facts_waiting", "{}")))
    made = 0
    for day in sorted({*spool.days_with_events(db), *due, *([day_of(now)] if facts else [])}):
        summary = _summary(db, day, now, allowed, rss_peak_mib) if day in due else None
        events = observations.happenings_of(db, day, waiting=True)
        carried = facts if day == day_of(now) else {}
        made += _make(db, now, day, summary, events, allowed, carried)
        if carried:
            put(db, "facts_waiting", "{}")
    return made


def fit(values: Mapping[str, Any], fields: Sequence[Field], lost: Callable[[str], None]) -> dict[str, Any]:
    """Only what the vocabulary allows; `lost` is told the name of everything that was left out."""
    known = {field.name: field for field in fields}
    kept = {}
    for name, value in values.items():
        fitted = _fitted(value, known[name], lost) if name in known else None
        if fitted is None:
            if value is not None:
                lost(name)
            continue
        kept[name] = fitted
    return kept


def event_of(happening: KeptHappening, applications: Applications) -> dict[str, Any]:
    """An event as it may be sent: the hour at most, a listed name or "other", closed details."""
    event: dict[str, Any] = {"event_id": happening.event_id, "kind": happening.kind}
    if happening.kind not in HOURLESS_EVENTS:
        event["hour"] = happening.hour
    if happening.app:
        event["app"], event["version"] = applications.named(happening.app, happening.version)
    if happening.value is not None:
        event["value"] = happening.value
    detail = fit(happening.detail, EVENT_DETAIL[happening.kind], lambda name: None)
    if detail:
        event["detail"] = detail
    return event


def note_facts(db: sqlite3.Connection, facts: Mapping[str, Any]) -> None:
    """Facts about the laptop wait to be sent when they differ from those last seen."""
    kept = fit(facts, FACTS, lambda name: None)
    digest = _digest(kept)
    if digest != get(db, "facts_digest"):
        put(db, "facts_digest", digest)
        put(db, "facts_waiting", json.dumps(kept))


def _summary(
    db: sqlite3.Connection, day: str, now: float, allowed: Allowed, rss_peak_mib: float
) -> Summary | None:
    """The day's next edition, or None where it would say what the last one said."""
    facts = observations.facts_of(db, day)
    values = allowed.bounds.of_summary(
        fit(
            summarise(facts, allowed.applications),
            SUMMARY,
            lambda name: count_dropped(db, now, "invalid_value"),
        )
    )
    digest = _digest(values)
    revision, last = db.execute("SELECT revision, digest FROM day WHERE day = ?", (day,)).fetchone()
    revision = max(revision, int(get_number(db, "revision_floor")))
    db.execute("UPDATE day SET due_at = NULL WHERE day = ?", (day,))
    if digest == last or not facts.minutes:
        return None
    db.execute("UPDATE day SET revision = ?, digest = ? WHERE day = ?", (revision + 1, digest, day))
    own_cpu_s = sum(m.own_cpu_s for m in facts.minutes)
    stats = _agent_stats(db, day, own_cpu_s, rss_peak_mib)
    own = allowed.bounds.of_summary({"revision": revision + 1, "agent": [stats]})
    return Summary(revision + 1, values | own) if "revision" in own else None


def _agent_stats(db: sqlite3.Connection, day: str, own_cpu_s: float, rss_peak_mib: float) -> dict[str, Any]:
    return {
        "version": VERSION,
        "cpu_s": own_cpu_s,
        "rss_peak_mib": rss_peak_mib,
        "bytes_sent": spool.bytes_sent(db, day),
        "dropped": dropped_by_reason(db, day),
        "clock_offset_s": get_number(db, "clock_offset"),
    }


def _make(
    db: sqlite3.Connection,
    now: float,
    day: str,
    summary: Summary | None,
    happenings: Sequence[KeptHappening],
    allowed: Allowed,
    facts: Mapping[str, Any],
) -> int:
    """One batch, or more where there are too many events for one."""
    size = LIMITS.events_per_batch
    made = (allowed.bounds.of_event(event_of(each, allowed.applications)) for each in happenings)
    events = [event for event in made if event is not None]
    chunks = [events[at : at + size] for at in range(0, len(events), size)]
    if not chunks and (summary or facts):
        chunks = [[]]
    for number, chunk in enumerate(chunks):
        first = number == 0
        parts: dict[str, Any] = {}
        if chunk:
            parts["events"] = chunk
        if summary and first:
            parts["summary"] = summary.values
            spool.supersede(db, day)
        if facts and first:
            parts["facts"] = facts
        revision = summary.revision if summary and first else 0
        spool.add(db, _batch(db, now, day, parts, len(chunk), revision))
    db.executemany("UPDATE happening SET waits = 0 WHERE event_id = ?", [(h.event_id,) for h in happenings])
    return len(chunks)


def _let_go(db: sqlite3.Connection) -> None:
    """The agreement has ended: what was seen before stays here, until it is too old to be kept."""
    spool.remove_waiting(db)
    db.execute("UPDATE happening SET waits = 0 WHERE waits = 1")
    db.execute("UPDATE day SET due_at = NULL WHERE due_at IS NOT NULL")


def _batch(
    db: sqlite3.Connection, now: float, day: str, parts: Mapping[str, Any], events: int, revision: int
) -> Batch:
    batch_id, seq = str(uuid.uuid4()), next_seq(db)
    content = {"batch_id": batch_id, "install_id": install_id(db), "seq": seq, "day": day, **parts}
    return Batch(batch_id, seq, day, now, events, revision, int("facts" in parts), bodies.packed(content))


def install_id(db: sqlite3.Connection) -> str:
    """The installation's own random number; a new one where there is none, also after a lost store."""
    known = get(db, "install_id")
    if not known:
        known = str(uuid.uuid4())
        put(db, "install_id", known)
    return known


def next_seq(db: sqlite3.Connection) -> int:
    """The number of the installation's next batch; a number seen twice reveals a copied disk."""
    seq = int(get(db, "seq", "0")) + 1
    put(db, "seq", str(seq))
    return seq


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


def _fitted(value: Any, field: Field, lost: Callable[[str], None]) -> Any:
    """The value if it is of the field's kind and within its bounds, else None."""
    match field.kind:
        case "number" | "count":
            return _number(value, field)
        case "text":
            return _text(value) if isinstance(value, str) else None
        case "choice":
            return value if value in field.choices else None
        case "numbers":
            numbers = [None if v is None else _number(v, field) for v in value][: LIMITS.numbers_per_list]
            return [new for old, new in zip(value, numbers, strict=False) if new is not None or old is None]
        case "table":
            return [fit(row, field.rows, lost) for row in _rows(value)]
        case "map":
            return {name: v for name, v in value.items() if _allowed(name, v, field)}


def _text(value: str) -> str:
    """Without control characters, which have no place in a name, and not too long."""
    return "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in value)[: LIMITS.text_length]


def _number(value: Any, field: Field) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value) or not field.low <= value <= field.high:
        return None
    return int(value) if field.kind == "count" else round(float(value), 3)


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    return list(value)[: LIMITS.rows_per_table]


def _allowed(name: str, value: Any, field: Field) -> bool:
    if field.choices and name not in field.choices:
        return False
    return value in COVERAGE_STATES if isinstance(value, str) else _number(value, field) is not None
