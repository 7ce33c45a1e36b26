"""Whose laptop it is now, and what it hears of that: that it is another's, never whose."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import Device, DevicePerson

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """`person` is None where it is nobody's, as one that is `shared` by several people."""

    person: UUID | None
    shared: bool


def owner_on(session: Session, org_id: UUID, device_id: UUID, day: date) -> Owner:
    whose = DevicePerson
    of_day = (
        whose.org_id == Device.org_id,
        whose.device_id == Device.device_id,
        whose.since <= day,
        sa.or_(whose.until.is_(None), whose.until >= day),
    )
    row = session.execute(
        sa.select(Device.shared, whose.person_id)
        .join(whose, sa.and_(*of_day), isouter=True)
        .where(Device.org_id == org_id, Device.device_id == device_id)
    ).first()
    return Owner(row.person_id, bool(row.shared)) if row else Owner(None, False)


def owner_part(device_id: UUID, owner: Owner) -> dict[str, Any]:
    """The part of a policy. `epoch` is another text for each owner of the laptop, NOBODY where it has none.

    With a new one the laptop begins empty (agent/sending/new_owner.py).
    """
    epoch = uuid5(device_id, f"owner:{owner.person}").hex if owner.person else NOBODY
    return {"epoch": epoch, "shared": owner.shared}
