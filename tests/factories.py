"""Rows and batches with sensible defaults; a test names only what it is about."""

import secrets
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from server.devices.models import Device


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    org_id: UUID
    device_id: UUID
    install_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def enrol_device(session: Session, org_id: UUID, today: date) -> EnrolledDevice:
    device_id, install_id = uuid4(), uuid4()
    token = f"dexd_{org_id.hex}_{device_id.hex}_{secrets.token_urlsafe(32)}"
    session.add(
        Device(
            org_id=org_id,
            device_id=device_id,
            install_id=install_id,
            token_hash=sha256(token.encode()).digest(),
            enrolled_on=today,
        )
    )
    session.flush()
    return EnrolledDevice(org_id, device_id, install_id, token)
