"""Read what fleet health counts: rows of laptops here, nothing but counts to whoever asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.model_names import model_name
from server.devices.models import ACTIVE, Device, DeviceDrop, DeviceFact, DevicePerson
from server.fleet.counts import DROP_WEEKS, Dropped, FleetCounts, Laptop, count
from server.fleet.models import FleetCountRow
from server.ingest.models import device_day
from server.people.weeks import week_of
from server.terms import terms_in_force

LAPTOPS_AT_ONCE = 2000
"""So many rows are in memory at a time."""


@dataclass(frozen=True, slots=True)
class FleetHealth:
    """The counts as they were on a day."""

    counted_on: date
    counts: FleetCounts


def newest_count(session: Session, org_id: UUID) -> FleetHealth | None:
    """The last count of this organisation; None before the first."""
    row = session.get(FleetCountRow, org_id)
    if row is None:
        return None
    return FleetHealth(row.counted_on, msgspec.convert(row.counts, FleetCounts))


def counted(session: Session, org_id: UUID, today: date) -> FleetHealth:
    """The counts of this day, of days that were over before it."""
    drops = _drops(session, org_id, week_of(today - timedelta(weeks=DROP_WEEKS - 1)))
    first_kept = terms_in_force(session).first_kept("rows", today)
    return FleetHealth(today, count(_laptops(session, org_id, today), drops, today, first_kept))


def _laptops(session: Session, org_id: UUID, today: date) -> Iterator[Laptop]:
    """Every laptop, in the order of their ids. Each value is one look into an index."""
    query = _query(org_id, today).order_by(Device.device_id).limit(LAPTOPS_AT_ONCE)
    rows = session.execute(query).all()
    while rows:
        yield from (_laptop(row) for row in rows)
        rows = session.execute(query.where(Device.device_id > rows[-1].device_id)).all()


def _query(org_id: UUID, today: date) -> sa.Select[Any]:
    day, whose = device_day.c, DevicePerson
    facts = [
        sa.select(column)
        .where(DeviceFact.org_id == org_id, DeviceFact.device_id == Device.device_id)
        .order_by(DeviceFact.since.desc())
        .limit(1)
        .scalar_subquery()
        .label(column.key)
        for column in (DeviceFact.os, DeviceFact.maker, DeviceFact.model)
    ]
    newest = [
        sa.select(column)
        .where(day.org_id == org_id, day.device_id == Device.device_id, day.day < today)
        .order_by(day.day.desc())
        .limit(1)
        .scalar_subquery()
        .label(column.key)
        for column in (day.day, day.agent_version, day.coverage)
    ]
    assigned = (
        sa.select(whose.since)
        .where(whose.org_id == org_id, whose.device_id == Device.device_id, whose.since <= today)
        .where(sa.or_(whose.until.is_(None), whose.until >= today))
    )
    return sa.select(
        Device.device_id,
        Device.state,
        Device.enrolled_on,
        Device.clone_seen_on,
        Device.shared,
        sa.exists(assigned).label("assigned"),
        *facts,
        *newest,
    ).where(Device.org_id == org_id)


def _laptop(row: Any) -> Laptop:
    return Laptop(
        active=row.state == ACTIVE,
        enrolled_on=row.enrolled_on,
        clone_seen_on=row.clone_seen_on,
        assigned=row.assigned,
        shared=bool(row.shared),
        os=row.os,
        model=model_name(row.maker, row.model),
        last_day=row.day,
        agent=row.agent_version,
        coverage=row.coverage,
    )


def _drops(session: Session, org_id: UUID, first_week: str) -> list[Dropped]:
    query = (
        sa.select(
            DeviceDrop.reason,
            DeviceDrop.field,
            sa.func.count(DeviceDrop.device_id.distinct()).label("laptops"),
            sa.func.sum(DeviceDrop.count).label("values"),
        )
        .where(DeviceDrop.org_id == org_id, DeviceDrop.week >= first_week)
        .group_by(DeviceDrop.reason, DeviceDrop.field)
    )
    return [
        Dropped(reason, field, laptops, int(values))
        for reason, field, laptops, values in session.execute(query)
    ]
