"""Let laptops in, give them tokens, and keep whose they are."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.assignment import assign
from server.devices.auth import device_with
from server.devices.drops import count_drops
from server.devices.models import (
    ACTIVE,
    BY_LIST,
    RETIRED,
    Device,
    DeviceFact,
    EnrolmentKey,
)
from server.devices.payload import COMPANY, Enrolment
from server.devices.tokens import device_of, digest, make_device_token, make_enrolment_key, org_of_key
from server.errors import Forbidden, Problem, Unauthorized
from server.people.queries import owner_of_serial, person_by_employee_id

CLONE_DAYS = 30
"""A clone may enrol with the token it was copied with this long after it was noticed."""


class KeyUnknown(Unauthorized):
    slug, title = "key-unknown", "This enrolment key is not known"


class KeyExpired(Forbidden):
    slug, title = "key-expired", "This enrolment key has expired"


class KeyUsedUp(Forbidden):
    slug, title = "key-used-up", "This enrolment key was used as often as it may be"


class KeyRevoked(Forbidden):
    slug, title = "key-revoked", "This enrolment key was revoked"


class NotCompanyOwned(Forbidden):
    slug, title = "not-company-owned", "This laptop is not marked as the company's"


class PersonUnknown(Problem):
    status, slug, title = 422, "person-unknown", "The directory has no such person"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A laptop that was let in. The token is shown once and kept only as a hash."""

    org_id: UUID
    device_id: UUID
    install_id: UUID
    token: str


def create_enrolment_key(
    session: Session, org_id: UUID, today: date, label: str = "", days: int = 30, uses: int | None = None
) -> str:
    """A key that is good until `days` from today have passed, for `uses` laptops (None: for any number)."""
    key = make_enrolment_key(org_id)
    session.add(
        EnrolmentKey(
            org_id=org_id,
            key_id=uuid4(),
            key_hash=digest(key),
            label=label,
            created_on=today,
            last_day=today + timedelta(days=days),
            uses_left=uses,
        )
    )
    session.flush()
    return key


def revoke_enrolment_key(session: Session, org_id: UUID, key_id: UUID) -> bool:
    """Whether there was such a key."""
    found = session.get(EnrolmentKey, (org_id, key_id))
    if found is not None:
        found.revoked = True
    return found is not None


def enroll(session: Session, credential: str, asked: Enrolment, today: date) -> Enrolled:
    """Let a laptop in by an enrolment key, or a clone by the token it was copied with.

    A laptop that is known by its hardware keeps its id and gets a new token; the old one ends.
    """
    if device_of(credential) is not None:
        org_id, device_id = _admit_clone(session, credential, asked, today)
    else:
        org_id = _use_key(session, credential, today)
        device_id = device_id_of(org_id, asked.hardware_id, asked.install_id)
        _refuse_private(session, org_id, device_id, asked, today)
    token = make_device_token(org_id, device_id)
    _keep_device(session, org_id, device_id, asked.install_id, token, today)
    keep_facts(session, org_id, device_id, today, asked.facts)
    count_drops(session.connection(), [(org_id, device_id, today, asked.drops.counts)])
    _assign_owner(session, org_id, device_id, asked, today)
    return Enrolled(org_id, device_id, asked.install_id, token)


def _refuse_private(session: Session, org_id: UUID, device_id: UUID, asked: Enrolment, today: date) -> None:
    """Only the company's own: marked so, on the asset list, or let in before."""
    if asked.ownership in (None, COMPANY):
        return
    serial = asked.facts.get("serial")
    listed = serial is not None and owner_of_serial(session, org_id, serial, today) is not None
    known = session.get(Device, (org_id, device_id)) is not None
    if asked.ownership == "private" or not (listed or known):
        raise NotCompanyOwned(
            "Private laptops are not enrolled. If this one is the company's, enrol it with --company-owned, "
            "or put its serial number on the asset list."
        )


def device_id_of(org_id: UUID, hardware_id: str | None, install_id: UUID) -> UUID:
    """A laptop's id is a function of its hardware, so that a new installation is the same laptop."""
    if hardware_id is None:
        return uuid5(org_id, f"install:{install_id}")
    return uuid5(org_id, f"hardware:{hardware_id.strip().casefold()}")


def _use_key(session: Session, key: str, today: date) -> UUID:
    org_id = org_of_key(key)
    if org_id is None:
        without = "" if key else "This needs an enrolment key."
        raise KeyUnknown(without, headers={"WWW-Authenticate": "Bearer"})
    found = session.scalar(
        sa.select(EnrolmentKey).where(EnrolmentKey.org_id == org_id, EnrolmentKey.key_hash == digest(key))
    )
    if found is None:
        raise KeyUnknown(headers={"WWW-Authenticate": "Bearer"})
    if found.revoked:
        raise KeyRevoked()
    if today > found.last_day:
        raise KeyExpired(f"Its last day was {found.last_day}.")
    if found.uses_left is not None and not _count_use(session, found):
        raise KeyUsedUp()
    return org_id


def _count_use(session: Session, key: EnrolmentKey) -> bool:
    """Take one use in the database itself, where two laptops at once cannot both have the last one."""
    taken = session.execute(
        sa.update(EnrolmentKey)
        .where(EnrolmentKey.org_id == key.org_id, EnrolmentKey.key_id == key.key_id)
        .where(EnrolmentKey.uses_left > 0)
        .values(uses_left=EnrolmentKey.uses_left - 1)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _admit_clone(session: Session, token: str, asked: Enrolment, today: date) -> tuple[UUID, UUID]:
    """The id of a laptop of its own. The laptop it was copied from keeps its token."""
    original = device_with(session, token)
    row = session.get_one(Device, (original.org_id, original.device_id))
    noticed = row.clone_seen_on
    if noticed is None or today - noticed > timedelta(days=CLONE_DAYS):
        raise Forbidden("A laptop's token enrols only a copy of it that was noticed; use an enrolment key.")
    if asked.install_id == original.install_id:
        raise Forbidden("A copy of a laptop needs a new install id.")
    device_id = device_id_of(original.org_id, asked.hardware_id, asked.install_id)
    if device_id == original.device_id:  # copied with its hardware's numbers, as virtual machines are
        device_id = device_id_of(original.org_id, None, asked.install_id)
    return original.org_id, device_id


def _keep_device(
    session: Session, org_id: UUID, device_id: UUID, install_id: UUID, token: str, today: date
) -> None:
    found = session.get(Device, (org_id, device_id))
    if found is None:
        found = Device(org_id=org_id, device_id=device_id, enrolled_on=today)
        session.add(found)
    found.install_id = install_id
    found.token_hash = digest(token)
    found.state = ACTIVE
    session.flush()


def keep_facts(session: Session, org_id: UUID, device_id: UUID, day: date, facts: Mapping[str, Any]) -> None:
    """What the laptop is made of from this day on; it replaces what was said earlier that day."""
    found = session.get(DeviceFact, (org_id, device_id, day))
    if found is not None:
        session.delete(found)
        session.flush()
    session.add(DeviceFact(org_id=org_id, device_id=device_id, since=day, seq=0, **facts))
    session.flush()


def _assign_owner(session: Session, org_id: UUID, device_id: UUID, asked: Enrolment, today: date) -> None:
    """By the employee id that was given, else by the asset list."""
    if asked.person is not None:
        person = person_by_employee_id(session, org_id, asked.person)
        if person is None:
            raise PersonUnknown(f"There is nobody with the employee id “{asked.person}” in the directory.")
        assign(session, org_id, device_id, person.person_id, today)
        return
    serial = asked.facts.get("serial")
    owner = owner_of_serial(session, org_id, serial, today) if serial else None
    if owner is not None:
        assign(session, org_id, device_id, owner, today, BY_LIST)


def retire(session: Session, org_id: UUID, device_id: UUID) -> bool:
    """Its token ends and its owner's days with it are over; whether there was such a laptop."""
    found = session.get(Device, (org_id, device_id))
    if found is not None:
        found.state = RETIRED
        found.token_hash = secrets.token_bytes(32)
    return found is not None
