"""Say whose laptop it is, in ranges of days that overwrite nothing that was true before."""

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import BY_HAND, BY_SIGN_IN, Device, DevicePerson


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


def let_others_say(session: Session, org_id: UUID, device_id: UUID) -> None:
    """Whose it is stays, until the asset list or the names that sign in to it say otherwise."""
    session.execute(
        sa.update(Device)
        .where(Device.org_id == org_id, Device.device_id == device_id)
        .values(owner_by=BY_SIGN_IN)
    )
