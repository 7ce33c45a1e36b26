"""What a batch may hold, made from the vocabulary, and how one that holds more is cleaned.

A batch is one local day of one laptop. It is refused as a whole only if nobody could say whose and which day
it is; a single field that is unknown or invalid is dropped and named in the answer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Union
from uuid import UUID

import msgspec

from agent.signals import (
    AGENT_STATS,
    APPS,
    EVENT,
    EVENT_DETAIL,
    EVENT_KINDS,
    FACTS,
    HOURLESS_EVENTS,
    LIMITS,
    SERVICES,
    SUMMARY,
    Field,
)
from server.contract import UNREADABLE, cleaned, fits, record_type, type_of
from server.devices.payload import FACTS_AT, Facts
from server.drops import DROPS_MOST, At, Drops, Reason, TooManyDrops
from server.errors import Problem
from server.web.body import MalformedBody

CLOCK_VERSIONS = frozenset({1, 2, 6, 7})
"""Versions of UUID with a clock in them, which would tell when somebody works."""
SEQ_HIGH = 2**53


class InvalidBatch(Problem):
    status, slug, title = 422, "invalid-batch", "The batch lacks what it needs"


App: Any = record_type("App", APPS, required=("name",))
Service: Any = record_type("Service", SERVICES, required=("name",))
AgentStats: Any = record_type("AgentStats", AGENT_STATS)
_Rows = msgspec.Meta(max_length=LIMITS.rows_per_table)
_TABLES: Mapping[str, tuple[Any, tuple[Field, ...]]] = {
    "apps": (Annotated[list[App], _Rows], APPS),
    "services": (Annotated[list[Service], _Rows], SERVICES),
    "agent": (Annotated[list[AgentStats], msgspec.Meta(max_length=1)], AGENT_STATS),
}
Summary: Any = record_type("Summary", SUMMARY, {name: kind for name, (kind, _) in _TABLES.items()})


def _event_fields(kind: str) -> tuple[Field, ...]:
    """The fields an event of this kind may have, besides its id and kind."""
    without = {"event_id", "kind"} | ({"hour"} if kind in HOURLESS_EVENTS else set())
    without |= {"detail"} if not EVENT_DETAIL[kind] else set()
    return tuple(field for field in EVENT if field.name not in without)


def _event_type(kind: str) -> type[msgspec.Struct]:
    name = "Event" + kind.title().replace("_", "")
    details = {"detail": record_type(name + "Detail", EVENT_DETAIL[kind])}
    parts: list[tuple[str, Any] | tuple[str, Any, Any]] = [("event_id", UUID)]
    for found in _event_fields(kind):
        parts.append((found.name, (details.get(found.name) or type_of(found)) | None, None))
    return msgspec.defstruct(
        name, parts, tag_field="kind", tag=kind, kw_only=True, forbid_unknown_fields=True, gc=False
    )


Event: Any = Union[tuple(_event_type(kind) for kind in EVENT_KINDS)]  # noqa: UP007 (made of a list)


class Batch(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One local day of one laptop, valid throughout: names and bounds of the vocabulary hold."""

    batch_id: UUID
    install_id: UUID
    seq: Annotated[int, msgspec.Meta(ge=0, le=SEQ_HIGH)]
    day: date
    summary: Summary | None = None
    events: Annotated[list[Event], msgspec.Meta(max_length=LIMITS.events_per_batch)] = []
    facts: Facts | None = None

    @property
    def revision(self) -> int | None:
        """Edition of the summary; None without one."""
        found: int | None = getattr(self.summary, "revision", None)
        return found


_DECODER = msgspec.json.Decoder(Batch)
_SUMMARY, _EVENTS = At().known("summary"), At().known("events")
_WHOLE = At(field="batch")
_HEAD = ("batch_id", "install_id", "seq", "day")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A batch that was read, and what was left out of it."""

    batch: Batch
    drops: Drops


def parse_batch(json: bytes) -> Parsed:
    """Raises MalformedBody for what is no JSON, InvalidBatch for what says not whose and which day it is."""
    try:
        parsed = _read(json)
        _check(parsed.batch)
        _drop_repeats(parsed.batch, parsed.drops)
    except TooManyDrops:
        raise InvalidBatch(f"More than {DROPS_MOST} values in it are not of the contract.") from None
    return parsed


def _read(json: bytes) -> Parsed:
    try:
        return Parsed(_DECODER.decode(json), Drops())
    except msgspec.ValidationError:
        return _parse_leniently(json)
    except UNREADABLE as error:
        raise MalformedBody("The body is not valid JSON.") from error


def _check(batch: Batch) -> None:
    if any(made.version in CLOCK_VERSIONS for made in (batch.batch_id, *(e.event_id for e in batch.events))):
        raise InvalidBatch("An id of the batch holds a clock; use random UUIDs.")
    if batch.summary is not None and batch.revision is None:
        raise InvalidBatch("The summary has no revision.")


def _drop_repeats(batch: Batch, drops: Drops) -> None:
    """Of rows and events that stand in the batch twice, the first counts."""
    summary: Any = batch.summary
    if summary is not None:
        summary.apps = _once(summary.apps, _app_key, _SUMMARY.known("apps"), drops)
        summary.services = _once(
            summary.services, lambda found: found.name, _SUMMARY.known("services"), drops
        )
    batch.events = _once(batch.events, lambda found: found.event_id, _EVENTS, drops)


def _app_key(app: Any) -> tuple[str, str]:
    return app.name, app.version or ""


def _once(rows: Any, key: Callable[[Any], object], at: At, drops: Drops) -> Any:
    """The rows as they are, unless one of them is there twice."""
    if not rows or len({key(row) for row in rows}) == len(rows):
        return rows
    kept: dict[object, Any] = {}
    for number, row in enumerate(rows):
        if kept.setdefault(key(row), row) is not row:
            drops.add(at.sent(number), Reason.REPEATED, "It stands in the batch before.")
    return list(kept.values())


def _parse_leniently(json: bytes) -> Parsed:
    try:
        raw = msgspec.json.decode(json)
    except UNREADABLE as error:  # a number beyond all bounds, or too many levels
        raise MalformedBody("The body is not valid JSON.") from error
    if not isinstance(raw, dict):
        raise InvalidBatch("The body is not a JSON object.")
    return _cleaned(raw)


def _cleaned(raw: Mapping[str, Any]) -> Parsed:
    drops = Drops()
    kept = {name: raw[name] for name in _HEAD if name in raw}
    for name, value in raw.items():
        if name in ("summary", "facts"):
            kept[name] = _part(name, value, drops)
        elif name == "events":
            kept[name] = list(_events(value, drops))
        elif name not in kept:
            drops.add(_WHOLE.sent(name), Reason.UNKNOWN_FIELD, "The contract has no such field.")
    try:
        return Parsed(msgspec.convert(kept, Batch), drops)
    except msgspec.ValidationError as error:
        raise InvalidBatch(f"{error}.") from error


def _part(name: str, value: Any, drops: Drops) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidBatch(f"The {name} is not a JSON object.")
    if name == "facts":
        return cleaned(value, FACTS, FACTS_AT, drops)
    kept = cleaned(value, SUMMARY, _SUMMARY, drops)
    for table, (kind, fields) in _TABLES.items():
        rows = kept.get(table)
        if rows is None:
            continue
        here = _SUMMARY.known(table)
        if isinstance(rows, list) and len(rows) <= LIMITS.rows_per_table:
            kept[table] = list(_rows(rows, fields, here, drops))
        if not fits(kept[table], kind, here, drops):
            del kept[table]
    return kept


def _rows(rows: list[Any], fields: tuple[Field, ...], at: At, drops: Drops) -> Iterator[dict[str, Any]]:
    named = any(field.name == "name" for field in fields)
    for number, row in enumerate(rows):
        here = at.sent(number)
        if not isinstance(row, dict):
            drops.add(here, Reason.INVALID_VALUE, "Expected `object`.")
            continue
        kept = cleaned(row, fields, here, drops)
        if named and kept.get("name") is None:
            drops.add(here, Reason.INVALID_VALUE, "The row has no name.")
            continue
        yield kept


def _events(events: Any, drops: Drops) -> Iterator[dict[str, Any]]:
    """Those of a known kind with an id; of each, what the kind knows."""
    if events is None:
        return
    if not isinstance(events, list):
        raise InvalidBatch("The events are not a JSON array.")
    if len(events) > LIMITS.events_per_batch:
        raise InvalidBatch(f"A batch has at most {LIMITS.events_per_batch} events.")
    for number, event in enumerate(events):
        here = _EVENTS.sent(number)
        if not isinstance(event, dict):
            drops.add(here, Reason.INVALID_VALUE, "Expected `object`.")
        elif event.get("kind") not in EVENT_KINDS:
            drops.add(here, Reason.UNKNOWN_KIND, "The contract has no such kind of event.")
        elif fits(event.get("event_id"), UUID, here.known("event_id"), drops):
            yield _cleaned_event(event, here.kind(event["kind"]), drops)


def _cleaned_event(event: Mapping[str, Any], at: At, drops: Drops) -> dict[str, Any]:
    kind = event["kind"]
    rest = {name: value for name, value in event.items() if name not in ("event_id", "kind")}
    kept = cleaned(rest, _event_fields(kind), at, drops)
    if kept.get("detail") is not None:
        here = at.known("detail")
        if isinstance(kept["detail"], dict):
            kept["detail"] = cleaned(kept["detail"], EVENT_DETAIL[kind], here, drops)
        else:
            drops.add(here, Reason.INVALID_VALUE, "Expected `object`.")
            del kept["detail"]
    return {"event_id": event["event_id"], "kind": kind, **kept}
