"""Rows of persons, read for a week's release and for nothing else (docs/privacy.md).

Every number of a person passes through here once a week, into sums that the release plan allows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.bulk import insert, target
from server.devices.models import ACTIVE, Device, DevicePerson
from server.ingest.derive import COLUMNS, scoring_fields
from server.ingest.models import device_day
from server.people.models import InventoryRow
from server.people.queries import Directory
from server.people.weeks import monday_of, sunday_of
from server.privacy.models import PersonWeekRow
from server.privacy.people_of_week import Absence, Facts, HeldDevice
from server.privacy.progress import Progress, Steps, quiet
from server.rights.restricted import restricted_people
from server.scoring.parameters import IN_FORCE, Model
from server.scoring.person_week import DeviceDay, PersonWeek, person_week

PEOPLE_PER_QUERY = 500
ROWS_AT_ONCE = 2000
"""Device-days in memory while they are folded: those of a hundred thousand laptops would not fit."""

_PERSON_WEEK = target(sa.inspect(PersonWeekRow).local_table)  # type: ignore[arg-type]
_JSON = tuple(column for column in COLUMNS if isinstance(device_day.c[column].type, sa.JSON))


def facts_of_week(
    session: Session,
    org_id: UUID,
    week: str,
    people: Directory,
    model: Model = IN_FORCE,
    progress: Progress = quiet,
) -> Facts:
    """What the store knows of a week when it is released: the newest edition of each day that has arrived.

    `model`: under which its days are read.
    """
    days = device_days(session, org_id, monday_of(week), sunday_of(week))
    folded = Steps(progress, len(people.people), f"people of {week}")
    weeks = _folded(days, model, folded)
    folded.end()
    return Facts(
        weeks=weeks,
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
    return _folded(device_days(session, org_id, monday_of(week), sunday_of(week)), model)


def _folded(
    days: Iterator[tuple[UUID, date, DeviceDay]], model: Model = IN_FORCE, steps: Steps | None = None
) -> dict[str, PersonWeek]:
    """Person-weeks of days that come person by person; `steps` counts the persons."""
    weeks = {}
    for person, rows in groupby(days, key=itemgetter(0)):
        weeks[str(person)] = person_week([fields for _person, _day, fields in rows], model)
        if steps is not None:
            steps.step()
    return weeks


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
    return _folded(device_days(session, org_id, monday, sunday, set(session.scalars(late))))


def device_days(
    session: Session, org_id: UUID, since: date, until: date, people: Collection[UUID] | None = None
) -> Iterator[tuple[UUID, date, DeviceDay]]:
    """Person, day and scoring fields of the days from `since` to `until`, of some people or of everybody.

    They come person by person. A day belongs to whoever had the laptop on it; days of a laptop that nobody
    had belong to nobody. Days of restricted people are as if they had not come.
    """
    restricted = restricted_people(session, org_id)
    if people is None:
        found = _device_days(session, org_id, since, until, None)
        yield from (day for day in found if day[0] not in restricted)
        return
    yield from days_of_people(session, org_id, since, until, set(people) - restricted)


def days_of_people(
    session: Session, org_id: UUID, since: date, until: date, people: Collection[UUID]
) -> Iterator[tuple[UUID, date, DeviceDay]]:
    """The same of these people, restricted or not: what somebody sees of the own days."""
    ordered = sorted(people)
    for start in range(0, len(ordered), PEOPLE_PER_QUERY):
        yield from _device_days(session, org_id, since, until, ordered[start : start + PEOPLE_PER_QUERY])


def _device_days(
    session: Session, org_id: UUID, since: date, until: date, people: Sequence[UUID] | None
) -> Iterator[tuple[UUID, date, DeviceDay]]:
    owner = DevicePerson
    # JSON comes as its text: much of it is the same for many laptops, and is then read once.
    columns = (sa.cast(device_day.c[c], sa.Text) if c in _JSON else device_day.c[c] for c in COLUMNS)
    query = (
        sa.select(owner.person_id, device_day.c.day, *columns)
        .join_from(
            owner,
            device_day,
            (device_day.c.org_id == owner.org_id) & (device_day.c.device_id == owner.device_id),
        )
        .where(owner.org_id == org_id, device_day.c.org_id == org_id)
        .where(device_day.c.day >= since, device_day.c.day <= until)
        .where(device_day.c.day >= owner.since)
        .where(sa.or_(owner.until.is_(None), device_day.c.day <= owner.until))
        .order_by(owner.person_id, device_day.c.device_id, device_day.c.day)
    )
    if people is not None:
        query = query.where(owner.person_id.in_(people))
    streamed = session.connection().execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    for person_id, day, *values in streamed:
        row = dict(zip(COLUMNS, values, strict=True))
        for name in _JSON:
            if row[name] is not None:
                row[name] = _read(row[name])
        yield person_id, day, scoring_fields(row)


@lru_cache(maxsize=1024)
def _read(text: str) -> Any:
    """What a column of JSON holds; the answer is shared, and only looked at."""
    return msgspec.json.decode(text)


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
        (
            *(org_id, week, UUID(person), found.active, found.hours, found.composite),
            *(dict(found.gauges), {signal: list(rate) for signal, rate in found.rates.items()}),
            *(dict(found.lost.causes) if found.lost else {},),
            *((found.lost.minutes, found.lost.hours) if found.lost else (None, None)),
        )
        for person, found in sorted(weeks.items())
    ]
    insert(session.connection(), _PERSON_WEEK, rows)


def active_when_released(session: Session, org_id: UUID, week: str) -> set[str]:
    """Who was active in a week as its release saw it."""
    query = sa.select(PersonWeekRow.person_id).where(
        PersonWeekRow.org_id == org_id, PersonWeekRow.week == week, PersonWeekRow.active
    )
    return {str(person_id) for person_id in session.scalars(query)}
