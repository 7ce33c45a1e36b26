"""Whose rows are kept and used for nothing (restriction of processing, Art. 18 of the GDPR)."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import DevicePerson
from server.rights.models import RestrictionRow


def restricted_people(session: Session, org_id: UUID) -> frozenset[UUID]:
    """Few, if any: whoever reads rows of persons for others leaves theirs out."""
    return frozenset(
        session.scalars(sa.select(RestrictionRow.person_id).where(RestrictionRow.org_id == org_id))
    )


def restricted_laptops(session: Session, org_id: UUID, day: date) -> list[UUID]:
    """The laptops that these people had on a day."""
    people = restricted_people(session, org_id)
    if not people:
        return []
    owner = DevicePerson
    query = (
        sa.select(owner.device_id)
        .where(owner.org_id == org_id, owner.person_id.in_(people), owner.since <= day)
        .where(sa.or_(owner.until.is_(None), owner.until >= day))
        .order_by(owner.device_id)
    )
    return list(session.scalars(query))


def restrict(session: Session, org_id: UUID, person_id: UUID, today: date) -> bool:
    """Whether it is new."""
    if session.get(RestrictionRow, (org_id, person_id)) is not None:
        return False
    session.add(RestrictionRow(org_id=org_id, person_id=person_id, since=today))
    session.flush()
    return True


def end_restriction(session: Session, org_id: UUID, person_id: UUID) -> bool:
    """Whether there was one."""
    found = session.get(RestrictionRow, (org_id, person_id))
    if found is None:
        return False
    session.delete(found)
    session.flush()
    return True
