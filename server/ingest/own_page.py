"""What the store holds of one person's own laptops: read for that person alone, on My laptop.

Every function takes a `Laptop`, which says on which days it was this person's; no other row is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.roles import Grant
from server.devices.models import Device, DevicePerson
from server.devices.queries import facts_of
from server.ingest.models import app_day, device_day, event, raw_batch, service_day

Span = tuple[date, date | None]
"""The first and the last day; None: still."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Laptop:
    """A laptop and the days on which it was this person's."""

    org_id: UUID
    device_id: UUID
    spans: tuple[Span, ...]
    facts: Mapping[str, Any]
    """What it said last, while it was theirs, of what it is made of (names of `agent.signals.FACTS`)."""

    def rows_of(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that leaves only this person's rows of this laptop."""
        in_spans = [
            sa.and_(table.c.day >= since, sa.true() if until is None else table.c.day <= until)
            for since, until in self.spans
        ]
        return sa.and_(table.c.org_id == self.org_id, table.c.device_id == self.device_id, sa.or_(*in_spans))


def laptops_of(session: Session, grant: Grant) -> list[Laptop]:
    """The laptops of the signed-in person, the newest first; of a sign-in for one device, that one."""
    spans: dict[UUID, list[Span]] = {}
    if grant.person_id is not None:
        query = (
            sa.select(DevicePerson)
            .where(DevicePerson.org_id == grant.org_id, DevicePerson.person_id == grant.person_id)
            .order_by(DevicePerson.since.desc())
        )
        for theirs in session.scalars(query):
            spans.setdefault(theirs.device_id, []).append((theirs.since, theirs.until))
    elif grant.device_id is not None:
        known = session.get(Device, (grant.org_id, grant.device_id))
        if known is not None:
            spans[known.device_id] = [(date.min, None)]
    return [
        Laptop(grant.org_id, device_id, tuple(found), _facts(session, grant.org_id, device_id, found))
        for device_id, found in spans.items()
    ]


def _facts(session: Session, org_id: UUID, device_id: UUID, spans: Sequence[Span]) -> Row:
    """What the laptop said last while it was this person's."""
    ends = [until for _, until in spans if until is not None]
    last = max(ends) if len(ends) == len(spans) else None
    return facts_of(session, org_id, device_id, last) or {}


def days(session: Session, laptop: Laptop, since: date) -> Sequence[Row]:
    """Newest editions of the day summaries from this day on, in order of days."""
    query = (
        sa.select(device_day)
        .where(laptop.rows_of(device_day), device_day.c.day >= since)
        .order_by(device_day.c.day)
    )
    return _rows(session, query)


def apps(session: Session, laptop: Laptop, since: date) -> Sequence[Row]:
    """Hours, crashes and hangs by application since this day, most crashes first."""
    crashes, hangs = sa.func.sum(app_day.c.crashes), sa.func.sum(app_day.c.hangs)
    query = (
        sa.select(
            app_day.c.app,
            sa.func.sum(app_day.c.hours).label("hours"),
            crashes.label("crashes"),
            hangs.label("hangs"),
        )
        .where(laptop.rows_of(app_day), app_day.c.day >= since)
        .group_by(app_day.c.app)
        .order_by(crashes.desc(), hangs.desc(), app_day.c.app)
    )
    return _rows(session, query)


def services(session: Session, laptop: Laptop, since: date) -> Sequence[Row]:
    """Tries of each business service per day since this one, by service and day."""
    query = (
        sa.select(service_day)
        .where(laptop.rows_of(service_day), service_day.c.day >= since)
        .order_by(service_day.c.service, service_day.c.day)
    )
    return _rows(session, query)


def events(session: Session, laptop: Laptop, since: date, most: int) -> Sequence[Row]:
    """What happened since this day, the newest first."""
    query = (
        sa.select(event)
        .where(laptop.rows_of(event), event.c.day >= since)
        .order_by(event.c.day.desc(), event.c.hour.desc(), event.c.event_id)
        .limit(most)
    )
    return _rows(session, query)


def batches(session: Session, laptop: Laptop, most: int) -> Sequence[Row]:
    """What was sent, the newest first, without the bytes: `size` is their number, null if they are gone."""
    columns = [column for column in raw_batch.c if column.name != "body"]
    query = (
        sa.select(*columns, sa.func.length(raw_batch.c.body).label("size"))
        .where(laptop.rows_of(raw_batch))
        .order_by(raw_batch.c.day.desc(), raw_batch.c.seq.desc())
        .limit(most)
    )
    return _rows(session, query)


def batch(session: Session, laptop: Laptop, day: date, batch_id: UUID) -> Row | None:
    """One batch with its bytes as they came; None if there is none that is this person's."""
    query = sa.select(raw_batch).where(
        laptop.rows_of(raw_batch), raw_batch.c.day == day, raw_batch.c.batch_id == batch_id
    )
    return next(iter(_rows(session, query)), None)


def _rows(session: Session, query: sa.Select[Any]) -> list[Row]:
    return [row._asdict() for row in session.execute(query)]
