"""Reads what rules look at: rows of laptops here, nothing but faults to whoever asks for them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import ACTIVE, Device
from server.faults.rules import READ_DAYS, Crashes, Day, Evidence, newest_of
from server.ingest.models import OTHER, app_day, device_day, event

LAPTOPS_AT_ONCE = 500
"""So many laptops' days are in memory at a time."""
VERSION_DAYS = 7
"""A version is known if a laptop used it in this time."""

_DAY_COLUMNS = tuple(device_day.c[name] for name in Day.__dataclass_fields__)


def laptops_in_parts(session: Session, org_id: UUID) -> Iterator[list[UUID]]:
    """All laptops that may send, by id, in parts that fit into memory."""
    query = (
        sa.select(Device.device_id)
        .where(Device.org_id == org_id, Device.state == ACTIVE)
        .order_by(Device.device_id)
        .limit(LAPTOPS_AT_ONCE)
    )
    part = list(session.scalars(query))
    while part:
        yield part
        part = list(session.scalars(query.where(Device.device_id > part[-1])))


def newest_versions(session: Session, org_id: UUID, today: date) -> dict[str, str]:
    """The newest version of each listed application that any laptop used of late."""
    query = (
        sa.select(app_day.c.app, app_day.c.version)
        .where(app_day.c.org_id == org_id, app_day.c.day >= today - timedelta(days=VERSION_DAYS))
        .where(app_day.c.app != OTHER)
        .distinct()
    )
    versions: dict[str, list[str]] = defaultdict(list)
    for app, version in session.execute(query):
        versions[app].append(version)
    return {app: newest_of(known) for app, known in versions.items()}


def evidence(
    session: Session, org_id: UUID, part: list[UUID], today: date, newest: Mapping[str, str], release: str
) -> Iterator[tuple[UUID, Evidence]]:
    """What each of these laptops said of its closed days; `part` is in order of ids."""
    days: dict[UUID, list[Day]] = defaultdict(list)
    for device_id, *values in _of(session, device_day, _DAY_COLUMNS, org_id, part, today):
        days[device_id].append(Day(*values))
    crashes: dict[UUID, list[Crashes]] = defaultdict(list)
    counted = (app_day.c.day, app_day.c.app, app_day.c.version, app_day.c.crashes)
    crashed = sa.and_(app_day.c.crashes > 0, app_day.c.app != OTHER)
    for device_id, *values in _of(session, app_day, counted, org_id, part, today, crashed):
        crashes[device_id].append(Crashes(*values))
    updates: dict[UUID, list[tuple[date, str]]] = defaultdict(list)
    told = (event.c.day, event.c.detail)
    for device_id, day, detail in _of(session, event, told, org_id, part, today, event.c.kind == "update"):
        updates[device_id].append((day, str((detail or {}).get("result", ""))))
    for device_id in part:
        yield (
            device_id,
            Evidence(today, days[device_id], crashes[device_id], updates[device_id], newest, release),
        )


def _of(
    session: Session,
    table: sa.Table,
    columns: tuple[sa.Column[Any], ...],
    org_id: UUID,
    part: list[UUID],
    today: date,
    *conditions: sa.ColumnElement[bool],
) -> Iterator[Any]:
    """Rows of closed days of these laptops, by day. The part is a range of ids, as the key has them."""
    yield from session.execute(
        sa.select(table.c.device_id, *columns)
        .where(table.c.org_id == org_id, table.c.device_id.between(part[0], part[-1]))
        .where(table.c.day >= today - timedelta(days=READ_DAYS), table.c.day < today)
        .where(*conditions)
        .order_by(table.c.day)
    )
