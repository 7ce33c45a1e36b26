"""Rows of laptops, read for the look at a day and for nothing else (docs/scoring.md 10.2)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.model_names import model_name
from server.devices.models import DeviceFact
from server.ingest.derive import readable
from server.ingest.models import OTHER, app_day, device_day
from server.people.calendar import site_of_each
from server.people.queries import Directory, quarter_groups
from server.people.stages import members_of_week
from server.people.weeks import fixing_week
from server.people.working_days import Calendar
from server.privacy.alarm_values import ItemDay, Phi, Seen, groups_seen, items_seen
from server.privacy.person_weeks import device_days
from server.rights.restricted import restricted_laptops
from server.scoring.alarms import Item
from server.scoring.parameters import DAY_HOURS, MOST_EVENTS, Model
from server.scoring.person_week import DeviceDay

_COUNTS = {"crash": "crashes", "hang": "hangs"}
"""Per signal the column in which an application's events are."""


def day_seen(
    session: Session,
    org_id: UUID,
    day: date,
    unit_of: Mapping[str, str | None],
    phi: Phi,
    model: Model,
    free: Collection[str] = (),
) -> dict[str, Seen]:
    """Of each signal what is watched of a day: the company, its units, applications by version, models.

    `model`: the score model of the day's week. `free`: people for whom it is no day like others.
    """
    persons: dict[str, list[DeviceDay]] = defaultdict(list)
    for person_id, _day, fields in device_days(session, org_id, day, day):
        persons[str(person_id)].append(fields)
    found = groups_seen(persons, unit_of, phi, model, free)
    hidden = restricted_laptops(session, org_id, day)
    items = {signal: list(_applications(session, org_id, day, signal, hidden)) for signal in _COUNTS}
    items["oscrash"] = _models(session, org_id, day, hidden)
    for signal, days in items.items():
        counts, affected = items_seen(days)
        groups = found[signal]
        found[signal] = Seen(groups.groups, counts, {**groups.laptops, **affected})
    return found


def units_of_week(session: Session, org_id: UUID, people: Directory, week: str) -> dict[str, str | None]:
    """The reporting unit of everybody who belongs to the company in a week; None before units are fixed."""
    fixed = quarter_groups(session, org_id, fixing_week(week))
    placed = fixed.placed if fixed is not None else {}
    return {
        member.id: placed[member.team].unit if member.team and member.team in placed else None
        for member in members_of_week(people.people, week, moves={})
    }


def free_on(session: Session, org_id: UUID, calendar: Calendar, day: date) -> set[str]:
    """For whom a day is not like others of its weekday where they work: a holiday, or a Saturday of work."""
    if not calendar.is_unusual_somewhere(day):
        return set()
    return {
        person for person, site in site_of_each(session, org_id).items() if calendar.is_unusual(day, site)
    }


def _applications(
    session: Session, org_id: UUID, day: date, signal: str, hidden: Collection[UUID]
) -> Iterator[ItemDay]:
    """Listed applications by version; a laptop that does not see such events, or no hours, is not counted."""
    app, events = app_day.c, app_day.c[_COUNTS[signal]]
    query = (
        sa.select(
            app.app,
            app.version,
            sa.func.count().label("laptops"),
            sa.func.sum(sa.case((events > 0, 1), else_=0)).label("affected"),
            sa.func.sum(sa.case((events > MOST_EVENTS, MOST_EVENTS), else_=events)).label("events"),
            sa.func.sum(app.hours).label("hours"),
        )
        .where(app.org_id == org_id, app.day == day, app.app != OTHER)
        .where(events.is_not(None), app.hours.is_not(None))
        .group_by(app.app, app.version)
        .order_by(app.app, app.version)
    )
    if hidden:
        query = query.where(app.device_id.not_in(hidden))
    for row in session.execute(query):
        yield ItemDay(Item(row.app, row.version), row.laptops, row.affected, float(row.events), row.hours)


def _models(session: Session, org_id: UUID, day: date, hidden: Collection[UUID]) -> list[ItemDay]:
    """Models with the stops of their systems, as a laptop was known to be that day."""
    device, newer = DeviceFact, sa.alias(DeviceFact.__table__)
    query = (
        sa.select(
            device.maker, device.model, *_of_day("os_crashes", "on_s", "coverage", "gap_min", "active_min")
        )
        .join_from(
            DeviceFact,
            device_day,
            (device_day.c.org_id == device.org_id) & (device_day.c.device_id == device.device_id),
        )
        .where(device.org_id == org_id, device_day.c.org_id == org_id, device_day.c.day == day)
        .where(device.since <= day, device.model.is_not(None))
        .where(
            ~sa.exists().where(
                newer.c.org_id == device.org_id,
                newer.c.device_id == device.device_id,
                newer.c.since > device.since,
                newer.c.since <= day,
            )
        )
        .order_by(device_day.c.device_id)
    )
    if hidden:
        query = query.where(device_day.c.device_id.not_in(hidden))
    by_model: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in session.execute(query):
        hours = (row.on_s or 0.0) / 3600
        name = model_name(row.maker, row.model)
        seen = row.os_crashes is not None and 0 < hours <= DAY_HOURS and readable(row._asdict(), "oscrash")
        if name and seen:
            by_model[name].append((min(row.os_crashes, MOST_EVENTS), hours))
    return [_item_day(Item(name), laptops) for name, laptops in sorted(by_model.items())]


def _of_day(*names: str) -> Sequence[sa.Column[Any]]:
    return [device_day.c[name] for name in names]


def _item_day(item: Item, laptops: Sequence[tuple[float, float]]) -> ItemDay:
    return ItemDay(
        item,
        laptops=len(laptops),
        affected=sum(events > 0 for events, _ in laptops),
        events=sum(events for events, _ in laptops),
        hours=sum(hours for _, hours in laptops),
    )
