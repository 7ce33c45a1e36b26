"""Read which laptops there are, what they are made of and which keys enrol them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.signals import FACTS
from server.devices.models import ACTIVE, Device, DeviceFact, DevicePerson, EnrolmentKey
from server.devices.tokens import digest
from server.errors import UsageError

_FACT_COLUMNS = tuple(getattr(DeviceFact, field.name) for field in FACTS)


def facts_of(
    session: Session, org_id: UUID, device_id: UUID, until: date | None = None
) -> dict[str, Any] | None:
    """What a laptop is made of, as it said last (`until` a day): names of signals.FACTS and `since`; None if
    it never did."""
    row = session.execute(
        sa.select(DeviceFact.since, *_FACT_COLUMNS)
        .where(DeviceFact.org_id == org_id, DeviceFact.device_id == device_id)
        .where(sa.true() if until is None else DeviceFact.since <= until)
        .order_by(DeviceFact.since.desc())
        .limit(1)
    ).one_or_none()
    return dict(row._mapping) if row else None


def devices(session: Session, org_id: UUID) -> list[dict[str, Any]]:
    """All laptops with state and newest facts, by serial number; no person and no last contact."""
    newest = (
        sa.select(DeviceFact.device_id, sa.func.max(DeviceFact.since).label("since"))
        .where(DeviceFact.org_id == org_id)
        .group_by(DeviceFact.device_id)
        .subquery()
    )
    query = (
        sa.select(Device.device_id, Device.state, Device.enrolled_on, *_FACT_COLUMNS)
        .join(newest, newest.c.device_id == Device.device_id, isouter=True)
        .join(
            DeviceFact,
            sa.and_(
                DeviceFact.org_id == Device.org_id,
                DeviceFact.device_id == Device.device_id,
                DeviceFact.since == newest.c.since,
            ),
            isouter=True,
        )
        .where(Device.org_id == org_id)
        .order_by(DeviceFact.serial, Device.device_id)
    )
    return [dict(row._mapping) for row in session.execute(query)]


def devices_named(session: Session, org_id: UUID, name: str) -> list[UUID]:
    """The laptops meant by an id, the start of one, a serial number or a host name."""
    wanted = name.strip().casefold()
    return [
        row["device_id"]
        for row in devices(session, org_id)
        if wanted in ((row["serial"] or "").casefold(), (row["hostname"] or "").casefold())
        or (len(wanted) >= 8 and row["device_id"].hex.startswith(wanted.replace("-", "")))
    ]


def unassigned_devices(session: Session, org_id: UUID, day: date) -> set[UUID]:
    """Laptops that may send and are nobody's on a day, nor known to be several people's."""
    query = (
        sa.select(Device.device_id)
        .where(Device.org_id == org_id, Device.state == ACTIVE)
        .where(Device.shared.is_not(True))
    )
    owned = (
        sa.select(DevicePerson.device_id)
        .where(DevicePerson.org_id == org_id, DevicePerson.since <= day)
        .where(sa.or_(DevicePerson.until.is_(None), DevicePerson.until >= day))
    )
    return set(session.scalars(query)) - set(session.scalars(owned))


def one_device_named(session: Session, org_id: UUID, name: str) -> UUID:
    """The one laptop meant by a name. UsageError if there is none, or more than one."""
    found = devices_named(session, org_id, name)
    if not found:
        raise UsageError(f"There is no laptop “{name}”; see: dex-server devices list")
    if len(found) > 1:
        raise UsageError(f"{len(found)} laptops are called “{name}”; name one by its id.")
    return found[0]


def enrolment_keys(session: Session, org_id: UUID) -> Sequence[EnrolmentKey]:
    return session.scalars(
        sa.select(EnrolmentKey)
        .where(EnrolmentKey.org_id == org_id)
        .order_by(EnrolmentKey.created_on, EnrolmentKey.key_id)
    ).all()


def key_id_of(session: Session, org_id: UUID, key: str) -> UUID:
    """The id of a key that was just made."""
    query = sa.select(EnrolmentKey.key_id)
    return session.scalars(
        query.where(EnrolmentKey.org_id == org_id, EnrolmentKey.key_hash == digest(key))
    ).one()
