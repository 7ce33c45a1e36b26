"""Keep batches: each once, of each day the newest edition, of each event one. All in one transaction.

The order in which batches arrive, how often, and in which groups, changes nothing in what is kept, apart
from the days of receipt, and for how long the bytes of editions that were replaced are kept.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from agent.signals import AGENT_STATS, FACTS
from server.bulk import (
    Key,
    Row,
    Target,
    delete_where,
    find_where,
    insert,
    insert_missing,
    insert_new,
    replace_older,
    target,
)
from server.devices.auth import active_tokens
from server.devices.drops import count_drops
from server.devices.models import Device, DeviceFact
from server.ingest.models import SOONEST, SUMMARY_VALUES, app_day, device_day, event, raw_batch, service_day
from server.ingest.payload import Batch

FIRST_EDITION = 1
"""Where one of this number is written, none was there."""


class Outcome(Enum):
    KEPT = "kept"
    REPEAT = "repeat"
    UNKNOWN = "unknown"
    """It came with a token that is not, or no longer, that of the laptop it names."""
    CLONE = "clone"
    """Another batch of this installation has the same number: there are two copies of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A batch, the laptop whose token it came with, and its bytes as they came."""

    org_id: UUID
    device_id: UUID
    batch: Batch
    body: bytes
    drops: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many of its values were left out, by reason and field."""
    token_hash: bytes | None = None
    """Digest of the token it came with, to be checked when it is written; None if it has been checked."""


_RAW = target(raw_batch)
_NUMBERS = target(raw_batch, "device_id", "install_id", "seq", "batch_id")
_DEVICE_DAY = target(device_day)
_APP_DAY = target(app_day)
_SERVICE_DAY = target(service_day)
_EVENT = target(event)
_FACTS = target(
    sa.inspect(DeviceFact).local_table,  # type: ignore[arg-type]
    *("org_id", "device_id", "since", "seq"),
    *(field.name for field in FACTS),
)
_VALUES = attrgetter(*(field.name for field in SUMMARY_VALUES))
_DAY_KEY = ("org_id", "device_id", "day")
_EMPTY_OLDER = (
    sa.update(raw_batch)
    .where(raw_batch.c.org_id == sa.bindparam("org"), raw_batch.c.device_id == sa.bindparam("device"))
    .where(raw_batch.c.day == sa.bindparam("on"), raw_batch.c.revision < sa.bindparam("newest"))
    .where(raw_batch.c.events == 0, raw_batch.c.body.is_not(None))
    .values(body=None)
)


def keep(
    connection: sa.Connection, org_id: UUID, deliveries: Sequence[Delivery], today: date
) -> list[Outcome]:
    """Write batches of one organisation; what became of each, in their order.

    All weeks they are about must be there (server/ingest/partitions.py).
    """
    outcomes = _looked_up(connection, org_id, deliveries)
    fresh = [d for d, outcome in zip(deliveries, outcomes, strict=True) if outcome is Outcome.KEPT]
    written = insert_new(connection, _RAW, [_raw_row(d, today) for d in fresh])
    kept = [d for d in fresh if _raw_key(d) in written]
    fold(connection, kept, today)
    replace_older(connection, _FACTS, _newest(_FACTS, _fact_rows(kept), "seq"), by="seq")
    count_drops(connection, ((d.org_id, d.device_id, d.batch.day, d.drops) for d in kept if d.drops))
    _note_clones(connection, org_id, deliveries, outcomes, today)
    return [
        Outcome.REPEAT if outcome is Outcome.KEPT and _raw_key(delivery) not in written else outcome
        for delivery, outcome in zip(deliveries, outcomes, strict=True)
    ]


def fold(connection: sa.Connection, kept: Sequence[Delivery], received: date) -> None:
    """The rows of days and events that follow from batches in the ledger which came on this day."""
    _keep_days(connection, kept, received)
    insert_missing(connection, _EVENT, list(_unique(_EVENT, _event_rows(kept))))


def _looked_up(connection: sa.Connection, org_id: UUID, deliveries: Sequence[Delivery]) -> list[Outcome]:
    """Which to try: those with the right token whose number is not taken, and of repeats the first."""
    tokens = _tokens(connection, org_id, deliveries)
    known: dict[Key, UUID] = _numbers_taken(connection, org_id, deliveries)
    seen: set[Key] = set()
    outcomes = []
    for delivery in deliveries:
        batch = delivery.batch
        number = (delivery.device_id, batch.install_id, batch.seq)
        if not _is_proven(delivery, tokens):
            outcomes.append(Outcome.UNKNOWN)
        elif known.setdefault(number, batch.batch_id) != batch.batch_id:
            outcomes.append(Outcome.CLONE)
        elif _raw_key(delivery) in seen:
            outcomes.append(Outcome.REPEAT)
        else:
            outcomes.append(Outcome.KEPT)
            seen.add(_raw_key(delivery))
    return outcomes


def _tokens(connection: sa.Connection, org_id: UUID, deliveries: Sequence[Delivery]) -> Mapping[UUID, bytes]:
    """Digests of the tokens of the laptops whose deliveries are not proven yet."""
    unproven = {d.device_id for d in deliveries if d.token_hash is not None}
    return active_tokens(connection, org_id, unproven) if unproven else {}


def _is_proven(delivery: Delivery, tokens: Mapping[UUID, bytes]) -> bool:
    return delivery.token_hash is None or hmac.compare_digest(
        delivery.token_hash, tokens.get(delivery.device_id, b"")
    )


def _numbers_taken(
    connection: sa.Connection, org_id: UUID, deliveries: Sequence[Delivery]
) -> dict[Key, UUID]:
    """Batch id by laptop, installation and number, as far as these deliveries' numbers are taken."""
    numbers = {(org_id, d.device_id, d.batch.seq) for d in deliveries}
    rows = find_where(connection, _NUMBERS, ("org_id", "device_id", "seq"), numbers)
    return {(device_id, install_id, seq): batch_id for device_id, install_id, seq, batch_id in rows}


def _raw_key(delivery: Delivery) -> Key:
    return (delivery.org_id, delivery.device_id, delivery.batch.day, delivery.batch.batch_id)


def _raw_row(delivery: Delivery, today: date) -> Row:
    batch = delivery.batch
    return (
        *_raw_key(delivery),
        batch.install_id,
        batch.seq,
        _noted_as_received(batch.day, today),
        batch.revision,
        len(batch.events),
        delivery.body,
    )


def _noted_as_received(day: date, today: date) -> date:
    return max(today, day + SOONEST)


def _keep_days(connection: sa.Connection, kept: Iterable[Delivery], today: date) -> None:
    """Summaries that are newer than what is there replace it whole, with their applications and services."""
    newest: dict[Key, Delivery] = {}
    for delivery in kept:
        if delivery.batch.summary is None:
            continue
        key = _raw_key(delivery)[:3]
        other = newest.get(key)
        if other is None or _edition(delivery) > _edition(other):
            newest[key] = delivery
    rows = [_day_row(delivery, today) for delivery in newest.values()]
    written = replace_older(connection, _DEVICE_DAY, rows, by="revision")
    winners = [delivery for key, delivery in newest.items() if key in written]
    replaced = [key for key in written if newest[key].batch.revision != FIRST_EDITION]
    _empty_superseded(connection, replaced, newest)
    for into, part in ((_APP_DAY, "apps"), (_SERVICE_DAY, "services")):
        delete_where(connection, into.table, _DAY_KEY, replaced)
        insert(connection, into, list(_table_rows(winners, part)))


def _empty_superseded(
    connection: sa.Connection, replaced: Iterable[Key], newest: Mapping[Key, Delivery]
) -> None:
    """The bytes of older editions go at once; those of one that comes late go by the daily retention."""
    names = ("org", "device", "on", "newest")
    days = [dict(zip(names, (*key, newest[key].batch.revision), strict=True)) for key in sorted(replaced)]
    if days:
        connection.execute(_EMPTY_OLDER, days)


def _edition(delivery: Delivery) -> tuple[int, int]:
    return delivery.batch.revision or 0, delivery.batch.seq


def _day_row(delivery: Delivery, today: date) -> Row:
    summary: Any = delivery.batch.summary
    stats = summary.agent[0] if summary.agent else None
    return (
        *_raw_key(delivery)[:3],
        summary.revision,
        _noted_as_received(delivery.batch.day, today),
        *_VALUES(summary),
        *(getattr(stats, field.name, None) for field in AGENT_STATS),
    )


def _table_rows(winners: Iterable[Delivery], part: str) -> Iterator[Row]:
    """Rows of a summary's table: name, version where there is one, and values, in the vocabulary's order.

    No batch has two of one key (server/ingest/payload.py).
    """
    for delivery in winners:
        key = _raw_key(delivery)[:3]
        for found in getattr(delivery.batch.summary, part) or ():
            name, *rest = msgspec.structs.astuple(found)
            if part == "apps":
                rest[0] = rest[0] or ""  # the version is part of the key
            yield (*key, name, *rest)


def _event_rows(kept: Iterable[Delivery]) -> Iterator[Row]:
    for delivery in kept:
        for found in delivery.batch.events:
            detail: Any = getattr(found, "detail", None)
            yield (
                *_raw_key(delivery)[:3],
                found.event_id,
                type(found).__struct_config__.tag,
                getattr(found, "hour", None),
                found.app,
                found.version,
                found.value,
                None if detail is None else _without_nulls(detail),
            )


def _without_nulls(record: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(record).items() if value is not None}


def _fact_rows(kept: Iterable[Delivery]) -> Iterator[Row]:
    for delivery in kept:
        batch = delivery.batch
        if batch.facts is not None:
            facts = msgspec.structs.astuple(batch.facts)
            yield (delivery.org_id, delivery.device_id, batch.day, batch.seq, *facts)


def _unique(into: Target, rows: Iterable[Row]) -> Iterator[Row]:
    """The first row of each key."""
    seen: set[Key] = set()
    for row in rows:
        key = into.key_of(row)
        if key not in seen:
            seen.add(key)
            yield row


def _newest(into: Target, rows: Iterable[Row], by: str) -> list[Row]:
    """Of each key the row with the highest number in column `by`."""
    place = into.columns.index(by)
    found: dict[Key, Row] = {}
    for row in rows:
        key = into.key_of(row)
        if key not in found or row[place] > found[key][place]:
            found[key] = row
    return list(found.values())


def _note_clones(
    connection: sa.Connection,
    org_id: UUID,
    deliveries: Sequence[Delivery],
    outcomes: Sequence[Outcome],
    today: date,
) -> None:
    """Let the copies enrol as laptops of their own, with the token they were copied with."""
    noticed = {d.device_id for d, o in zip(deliveries, outcomes, strict=True) if o is Outcome.CLONE}
    if noticed:
        connection.execute(
            sa.update(Device)
            .where(Device.org_id == org_id, Device.device_id.in_(sorted(noticed)))
            .values(clone_seen_on=today)
        )
