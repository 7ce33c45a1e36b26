"""Say whose laptop it is, in ranges of days that overwrite nothing that was true before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Base
from server.devices.models import BY_HAND, BY_SIGN_IN, Device, DevicePerson

_DEVICE = Base.metadata.tables[Device.__tablename__]
_WHOSE = Base.metadata.tables[DevicePerson.__tablename__]


def assign(
    session: Session,
    org_id: UUID,
    device_id: UUID,
    person_id: UUID | None,
    from_day: date,
    by: str = BY_HAND,
    shared: bool = False,
) -> None:
    """From this day on the laptop is this person's (None: nobody's); what was said about later days goes.

    `by` is who says so. Nobody's may be several people's: `shared`.
    """
    session.execute(
        sa.update(Device)
        .where(Device.org_id == org_id, Device.device_id == device_id)
        .values(owner_by=by, shared=shared)
    )
    of_device = (DevicePerson.org_id == org_id, DevicePerson.device_id == device_id)
    session.execute(sa.delete(DevicePerson).where(*of_device, DevicePerson.since >= from_day))
    before = session.scalar(
        sa.select(DevicePerson)
        .where(*of_device, DevicePerson.since < from_day)
        .where(sa.or_(DevicePerson.until.is_(None), DevicePerson.until >= from_day))
    )
    if before is not None and before.person_id == person_id:
        before.until = None
        return
    if before is not None:
        before.until = from_day - timedelta(days=1)
    if person_id is not None:
        session.add(DevicePerson(org_id=org_id, device_id=device_id, since=from_day, person_id=person_id))
    session.flush()


@dataclass(frozen=True, slots=True)
class Handed:
    """A laptop that is somebody's from a day on; nobody's, or several people's, where `person` is None."""

    device: UUID
    person: UUID | None
    since: date
    shared: bool = False


def assign_many(session: Session, org_id: UUID, handed: Sequence[Handed], by: str) -> None:
    """The same for many laptops, each once, by a few statements."""
    if not handed:
        return
    connection = session.connection()
    connection.execute(
        sa.update(_DEVICE)
        .where(_DEVICE.c.org_id == sa.bindparam("org"), _DEVICE.c.device_id == sa.bindparam("device"))
        .values(owner_by=by, shared=sa.bindparam("several")),
        [{"org": org_id, "device": each.device, "several": each.shared} for each in handed],
    )
    days = [
        {
            "org": org_id,
            "device": each.device,
            "from_day": each.since,
            "last": each.since - timedelta(days=1),
        }
        for each in handed
    ]
    of_device = (_WHOSE.c.org_id == sa.bindparam("org"), _WHOSE.c.device_id == sa.bindparam("device"))
    connection.execute(sa.delete(_WHOSE).where(*of_device, _WHOSE.c.since >= sa.bindparam("from_day")), days)
    connection.execute(
        sa.update(_WHOSE)
        .where(*of_device, _WHOSE.c.since < sa.bindparam("from_day"))
        .where(sa.or_(_WHOSE.c.until.is_(None), _WHOSE.c.until >= sa.bindparam("from_day")))
        .values(until=sa.bindparam("last")),
        days,
    )
    owners = [
        {"org_id": org_id, "device_id": each.device, "since": each.since, "person_id": each.person}
        for each in handed
        if each.person is not None
    ]
    if owners:
        connection.execute(sa.insert(_WHOSE), owners)


def let_others_say(session: Session, org_id: UUID, device_id: UUID) -> None:
    """Whose it is stays, until the asset list or the names that sign in to it say otherwise."""
    session.execute(
        sa.update(Device)
        .where(Device.org_id == org_id, Device.device_id == device_id)
        .values(owner_by=BY_SIGN_IN)
    )
