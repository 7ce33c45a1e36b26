"""What a laptop hears of its owner: that it is another one, never who."""

from datetime import date
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import Device, DevicePerson

NOBODY = ""


def owner_part(session: Session, org_id: UUID, device_id: UUID, day: date) -> dict[str, Any]:
    """The part of a policy. `epoch` is another text for each owner of the laptop, NOBODY where it has none.

    With a new one the laptop begins empty (agent/sending/new_owner.py).
    """
    whose = DevicePerson
    row = session.execute(
        sa.select(Device.shared, whose.person_id)
        .join(
            whose,
            sa.and_(
                whose.org_id == Device.org_id,
                whose.device_id == Device.device_id,
                whose.org_id == org_id,
                whose.since <= day,
                sa.or_(whose.until.is_(None), whose.until >= day),
            ),
            isouter=True,
        )
        .where(Device.org_id == org_id, Device.device_id == device_id)
    ).first()
    person = row.person_id if row else None
    epoch = uuid5(device_id, f"owner:{person}").hex if person else NOBODY
    return {"owner": {"epoch": epoch, "shared": bool(row and row.shared)}}
