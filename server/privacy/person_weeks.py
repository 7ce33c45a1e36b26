"""Rows of persons, read for a week's release and for nothing else (docs/privacy.md).

Every number of a person passes through here once a week, into sums that the release plan allows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import ACTIVE, Device, DevicePerson
from server.ingest.derive import scoring_fields
from server.ingest.models import device_day
from server.people.models import InventoryRow
from server.people.queries import Directory
from server.people.weeks import monday_of, sunday_of
from server.privacy.models import PersonWeekRow
from server.privacy.people_of_week import Absence, Facts, HeldDevice, person_weeks
from server.scoring.parameters import IN_FORCE, Model
from server.scoring.person_week import DeviceDay, PersonWeek

PEOPLE_PER_QUERY = 500


def facts_of_week(
    session: Session, org_id: UUID, week: str, people: Directory, model: Model = IN_FORCE
) -> Facts:
    """What the store knows of a week when it is released: the newest edition of each day that has arrived.

    `model`: under which its days are read.
    """
    return Facts(
        weeks=weeks_of_persons(session, org_id, week, model),
        devices=_held_devices(session, org_id),
        absences={
            person: [Absence(days.since, days.until) for days in away]
            for person, away in people.absences.items()
        },
        model=model,
    )


def weeks_of_persons(
    session: Session, org_id: UUID, week: str, model: Model = IN_FORCE
) -> dict[str, PersonWeek]:
    """Person-weeks of everybody whose laptop sent a day of this week."""
    days = device_days(session, org_id, monday_of(week), sunday_of(week))
    return person_weeks(((str(person_id), fields) for person_id, _day, fields in days), model)


def weeks_of_late(session: Session, org_id: UUID, week: str, since: date) -> dict[str, PersonWeek]:
    """Person-weeks of those of whose days in this week something arrived on `since` or later."""
    owner, monday, sunday = DevicePerson, monday_of(week), sunday_of(week)
    late = (
        sa.select(owner.person_id)
        .join_from(
            owner,
            device_day,
            (device_day.c.org_id == owner.org_id) & (device_day.c.device_id == owner.device_id),
        )
        .where(owner.org_id == org_id, device_day.c.org_id == org_id)
        .where(device_day.c.day >= monday, device_day.c.day <= sunday)
        .where(device_day.c.received_day >= since)
        .distinct()
    )
    days = device_days(session, org_id, monday, sunday, set(session.scalars(late)))
    return person_weeks((str(person_id), fields) for person_id, _day, fields in days)


def device_days(
    session: Session, org_id: UUID, since: date, until: date, people: Collection[UUID] | None = None
) -> Iterator[tuple[UUID, date, DeviceDay]]:
    """Person, day and scoring fields of the days from `since` to `until`, of some people or of everybody.

    A day belongs to whoever had the laptop on it; days of a laptop that nobody had belong to nobody.
    """
    if people is None:
        yield from _device_days(session, org_id, since, until, None)
        return
    ordered = sorted(people)
    for start in range(0, len(ordered), PEOPLE_PER_QUERY):
        yield from _device_days(session, org_id, since, until, ordered[start : start + PEOPLE_PER_QUERY])


def _device_days(
    session: Session, org_id: UUID, since: date, until: date, people: Sequence[UUID] | None
) -> Iterator[tuple[UUID, date, DeviceDay]]:
    owner = DevicePerson
    query = (
        sa.select(owner.person_id, device_day)
        .join_from(
            owner,
            device_day,
            (device_day.c.org_id == owner.org_id) & (device_day.c.device_id == owner.device_id),
        )
        .where(owner.org_id == org_id, device_day.c.org_id == org_id)
        .where(device_day.c.day >= since, device_day.c.day <= until)
        .where(device_day.c.day >= owner.since)
        .where(sa.or_(owner.until.is_(None), device_day.c.day <= owner.until))
        .order_by(device_day.c.device_id, device_day.c.day)
    )
    if people is not None:
        query = query.where(owner.person_id.in_(people))
    for row in session.execute(query):
        yield row.person_id, row.day, scoring_fields(dict(row._mapping))


def _held_devices(session: Session, org_id: UUID) -> Mapping[str, list[HeldDevice]]:
    """Laptops by person: those that are enrolled, and those that only the asset list knows."""
    held: dict[str, list[HeldDevice]] = defaultdict(list)
    query = (
        sa.select(DevicePerson.person_id, DevicePerson.since, DevicePerson.until, Device.enrolled_on)
        .join(
            Device,
            (Device.org_id == DevicePerson.org_id) & (Device.device_id == DevicePerson.device_id),
        )
        .where(DevicePerson.org_id == org_id, Device.org_id == org_id, Device.state == ACTIVE)
    )
    for person_id, since, until, enrolled in session.execute(query):
        held[str(person_id)].append(HeldDevice(since, until, enrolled))
    for row in session.scalars(sa.select(InventoryRow).where(InventoryRow.org_id == org_id)):
        held[str(row.person_id)].append(HeldDevice(row.inventory_from, row.inventory_to))
    return held


def save_person_weeks(session: Session, org_id: UUID, week: str, weeks: Mapping[str, PersonWeek]) -> None:
    """Keep the person-weeks as the release saw them, for 26 weeks."""
    rows = [
        {
            "org_id": org_id,
            "week": week,
            "person_id": UUID(person),
            "active": found.active,
            "hours": found.hours,
            "composite": found.composite,
            "gauges": dict(found.gauges),
            "rates": {signal: list(rate) for signal, rate in found.rates.items()},
            "lost": dict(found.lost.causes) if found.lost else {},
            "lost_minutes": found.lost.minutes if found.lost else None,
            "lost_hours": found.lost.hours if found.lost else None,
        }
        for person, found in sorted(weeks.items())
    ]
    if rows:
        session.execute(sa.insert(PersonWeekRow), rows)


def active_when_released(session: Session, org_id: UUID, week: str) -> set[str]:
    """Who was active in a week as its release saw it."""
    query = sa.select(PersonWeekRow.person_id).where(
        PersonWeekRow.org_id == org_id, PersonWeekRow.week == week, PersonWeekRow.active
    )
    return {str(person_id) for person_id in session.scalars(query)}
