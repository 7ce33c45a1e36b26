"""Keep the released days of the equipment view: written once, chained by digests, never changed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import Conflict
from server.privacy.equipment_models import EquipmentReleaseRow, EquipmentSumRow
from server.privacy.equipment_release import EquipmentDay, EquipmentSum, WallKey
from server.privacy.records import FIRST_DIGEST
from server.privacy.release_store import insert_rows
from server.scoring.parameters import RATES

_DAYS_AT_ONCE = 31
_SUM = [getattr(EquipmentSumRow, column.name) for column in fields(EquipmentSum)]
_KEY = (EquipmentSumRow.day, *_SUM[:4])


class DayReleased(Conflict):
    slug, title = "already-released", "A release is made once"


def save_equipment_day(session: Session, org_id: UUID, release: EquipmentDay, today: date) -> str:
    """Write a day; returns its digest. DayReleased if it or a later day was released before."""
    last = last_equipment_day(session, org_id)
    if last is not None and last.day >= release.day:
        raise DayReleased(f"{last.day} was released already; a day is released once, in order.")
    previous = last.digest if last is not None else FIRST_DIGEST
    digest = release.digest(previous)
    key = {"org_id": org_id, "day": release.day}
    session.add(EquipmentReleaseRow(**key, k=release.k, released_on=today, previous=previous, digest=digest))
    session.flush()
    insert_rows(session, EquipmentSumRow, key, map(asdict, release.sums))
    return digest


def last_equipment_day(session: Session, org_id: UUID) -> EquipmentReleaseRow | None:
    """The newest released day."""
    row = EquipmentReleaseRow
    return session.scalar(sa.select(row).where(row.org_id == org_id).order_by(row.day.desc()).limit(1))


def was_released(session: Session, org_id: UUID, day: date) -> bool:
    """Whether this day is among those that were released and are kept."""
    return session.get(EquipmentReleaseRow, (org_id, day)) is not None


def load_equipment_days(
    session: Session, org_id: UUID, since: date, until: date, series: tuple[str, str] | None = None
) -> list[EquipmentDay]:
    """The released days from `since` to `until`, oldest first; of one signal and application, or of all."""
    head = EquipmentReleaseRow
    heads = session.execute(
        sa.select(head.day, head.k)
        .where(head.org_id == org_id, head.day >= since, head.day <= until)
        .order_by(head.day)
    ).all()
    row = EquipmentSumRow
    query = (
        sa.select(row.day, *_SUM)
        .where(row.org_id == org_id, row.day >= since, row.day <= until)
        .order_by(*_KEY)
    )
    if series is not None:
        query = query.where(row.signal == series[0], row.app == series[1])
    sums: dict[date, list[EquipmentSum]] = defaultdict(list)
    for day, *values in session.execute(query):
        sums[day].append(EquipmentSum(*values))
    return [EquipmentDay(found.day, found.k, tuple(sorted(sums[found.day], key=_order))) for found in heads]


def _order(found: EquipmentSum) -> tuple[str, str, str, str]:
    """As the release wrote them: databases do not sort names alike."""
    return found.signal, found.app, found.dimension, found.name


def release_days(session: Session, org_id: UUID, since: date, until: date) -> list[tuple[date, date]]:
    """The released days from `since` to `until` and on which day each was released, oldest first."""
    row = EquipmentReleaseRow
    query = sa.select(row.day, row.released_on).where(
        row.org_id == org_id, row.day >= since, row.day <= until
    )
    return [(found.day, found.released_on) for found in session.execute(query.order_by(row.day))]


def known_classes(session: Session, org_id: UUID, since: date) -> dict[WallKey, int]:
    """Classes of the working-time wall that days from `since` on, the first of a quarter, have set."""
    row = EquipmentSumRow
    query = (
        sa.select(row.app, row.dimension, row.name, row.class_j)
        .where(row.org_id == org_id, row.day >= since)
        .where(row.signal.in_(RATES), row.class_j.is_not(None))
        .distinct()
    )
    return {(found.app, found.dimension, found.name): found.class_j or 0 for found in session.execute(query)}


def broken_equipment_days(session: Session, org_id: UUID) -> list[date]:
    """Days whose digest no longer fits their numbers or the day before; empty if nothing was touched."""
    row = EquipmentReleaseRow
    query = sa.select(row.day, row.previous, row.digest).where(row.org_id == org_id).order_by(row.day)
    chain = session.execute(query).all()
    broken: list[date] = []
    before: str | None = None  # the first day that is still kept may have had others before it
    for start in range(0, len(chain), _DAYS_AT_ONCE):
        part = chain[start : start + _DAYS_AT_ONCE]
        days = load_equipment_days(session, org_id, part[0].day, part[-1].day)
        for link, release in zip(part, days, strict=True):
            if before not in (None, link.previous) or release.digest(link.previous) != link.digest:
                broken.append(link.day)
            before = link.digest
    return broken


def released_equipment_days(session: Session, org_id: UUID) -> Sequence[date]:
    """Every released day, oldest first."""
    row = EquipmentReleaseRow
    return session.scalars(sa.select(row.day).where(row.org_id == org_id).order_by(row.day)).all()
