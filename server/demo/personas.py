"""Who a visitor of the demo company can be."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.roles import Grant, Role
from server.devices.models import ACTIVE, Device, DevicePerson
from server.people.organisations import DEMO, org_id_of

LEAD_TEAM = "Helpdesk"


def personas(session: Session) -> Iterator[tuple[str, Grant]]:
    """A title and what it may see: IT, HR, the lead of a team on the slow site, and one employee."""
    org_id = org_id_of(DEMO)
    yield "IT", Grant(org_id, Role.IT)
    yield "HR", Grant(org_id, Role.HR)
    yield "lead", Grant(org_id, Role.LEAD, group_name=LEAD_TEAM)
    someone = session.execute(
        sa.select(DevicePerson.person_id, DevicePerson.device_id)
        .join(Device, (Device.org_id == DevicePerson.org_id) & (Device.device_id == DevicePerson.device_id))
        .where(DevicePerson.org_id == org_id, Device.org_id == org_id, Device.state == ACTIVE)
        .where(DevicePerson.until.is_(None))
        .order_by(DevicePerson.since, DevicePerson.device_id)
    ).first()
    if someone is not None:
        yield "employee", Grant(org_id, Role.EMPLOYEE, someone.person_id, someone.device_id)
