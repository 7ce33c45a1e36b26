"""The store held against what was acknowledged, row by row: what is missing, what is too much, what differs.

What must be there is worked out from the laptops' own batches, made once more, and from nothing that the
collector computed: the newest edition of each day with its applications, each event once, each batch once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.ingest.models import app_day, device_day, event, raw_batch, service_day
from server.simulator.batches import Content, contents_of_day, live_content, packed
from server.simulator.fleet import Fleet, Laptop
from server.simulator.plan import Plan

LAPTOPS_AT_ONCE = 100
_TABLES = (raw_batch, device_day, app_day, service_day, event)
_NOT_COMPARED = frozenset({"org_id", "received_day"})
"""The day of receipt is the collector's alone."""

Key = tuple[Any, ...]
Row = Mapping[str, Any]
Rows = dict[sa.Table, dict[Key, Row]]


@dataclass
class Verified:
    """`differences` counts rows by table and by how they differ; empty where the store is exact."""

    rows: int = 0
    unanswered: int = 0
    """Batches that are kept although their answer never came."""
    differences: Counter[str] = field(default_factory=Counter)


def verify(store: Store, org_id: UUID, plan: Plan, fleet: Fleet) -> Verified:
    """Of an organisation that has these laptops and no others."""
    found, seen = Verified(), Counter[str]()
    known = {laptop.device_id: laptop for laptop in fleet.laptops if laptop.original is None}
    known.pop(None, None)
    ids = sorted(device_id for device_id in known if device_id is not None)
    with store.engine.connect() as connection:
        for first in range(0, len(ids), LAPTOPS_AT_ONCE):
            some = ids[first : first + LAPTOPS_AT_ONCE]
            kept = _kept(connection, org_id, some)
            wanted = _wanted(plan, fleet, [known[device_id] for device_id in some], kept[raw_batch], found)
            for table in _TABLES:
                seen[table.name] += len(kept[table])
                found.differences.update(_differences(table.name, wanted[table], kept[table]))
        for table in _TABLES:
            count = sa.select(sa.func.count()).select_from(table).where(table.c.org_id == org_id)
            rows = connection.execute(count).scalar_one()
            found.rows += rows
            found.differences[f"{table.name}: of no laptop of the run"] += rows - seen[table.name]
    found.differences = +found.differences  # without the zeros
    return found


def _kept(connection: sa.Connection, org_id: UUID, laptops: Sequence[UUID]) -> Rows:
    rows: Rows = {}
    for table in _TABLES:
        key = [column.name for column in table.primary_key if column.name != "org_id"]
        query = sa.select(*(column for column in table.c if column.name not in _NOT_COMPARED))
        query = query.where(table.c.org_id == org_id, table.c.device_id.in_(laptops))
        found = connection.execute(query).mappings()
        rows[table] = {tuple(row[name] for name in key): dict(row) for row in found}
    return rows


def _wanted(
    plan: Plan, fleet: Fleet, laptops: Sequence[Laptop], ledger: Mapping[Key, Row], found: Verified
) -> Rows:
    rows: Rows = {table: {} for table in _TABLES}
    for laptop in laptops:
        for content in _made(plan, fleet, laptop):
            bit = 1 << content["seq"]
            counts = bool(laptop.acknowledged & bit)
            if not counts and laptop.posted & bit and not laptop.refused & bit:
                key = (laptop.device_id, date.fromisoformat(content["day"]), UUID(content["batch_id"]))
                counts = key in ledger
                found.unanswered += counts
            if counts:
                _add(rows, laptop, content)
    return rows


def _made(plan: Plan, fleet: Fleet, laptop: Laptop) -> Iterator[Content]:
    """Every batch that this laptop has made in the run."""
    if laptop.live:
        for seq in range(1, laptop.seq + 1):
            yield live_content(plan, fleet, laptop, seq)
        return
    seq = 0
    for index in range(plan.days):
        for content in contents_of_day(plan, fleet, laptop, index, seq):
            seq = content["seq"]
            yield content


def _add(rows: Rows, laptop: Laptop, content: Content) -> None:
    """What must be kept of one batch, beside what must be kept of those before it."""
    head = {"device_id": laptop.device_id, "day": date.fromisoformat(content["day"])}
    place = tuple(head.values())
    summary = content.get("summary")
    events = content.get("events", [])
    batch_id = UUID(content["batch_id"])
    rows[raw_batch][*place, batch_id] = {
        **head,
        "batch_id": batch_id,
        "install_id": laptop.install,
        "seq": content["seq"],
        "revision": summary["revision"] if summary else None,
        "events": len(events),
        "body": packed(content),
    }
    for happened in events:
        event_id = UUID(happened["event_id"])
        rows[event][*place, event_id] = {**head, **happened, "event_id": event_id}
    before = rows[device_day].get(place)
    if summary is None or (before is not None and before["revision"] > summary["revision"]):
        return
    rows[device_day][place] = {
        **head,
        **{name: value for name, value in summary.items() if name not in ("apps", "services", "agent")},
        **{f"agent_{name}": value for stats in summary["agent"] for name, value in stats.items()},
    }
    for key in [key for key in rows[app_day] if key[:2] == place]:
        del rows[app_day][key]
    for app in summary["apps"]:
        values = {name: value for name, value in app.items() if name != "name"}
        rows[app_day][*place, app["name"], app["version"]] = {**head, "app": app["name"], **values}


def _differences(name: str, wanted: Mapping[Key, Row], kept: Mapping[Key, Row]) -> Iterator[str]:
    """How each row that differs does."""
    yield from (f"{name}: missing" for _ in wanted.keys() - kept.keys())
    for key, row in kept.items():
        if key not in wanted:
            yield f"{name}: too much"
        elif any(
            wanted[key].get(column) != value for column, value in row.items() if not _let_go(column, value)
        ):
            yield f"{name}: altered"


def _let_go(column: str, value: Any) -> bool:
    """The collector may let the bytes of a batch go that a later edition made superfluous."""
    return column == "body" and value is None
