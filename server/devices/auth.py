"""Which laptop is asking: by its token in the Authorization header."""

import hmac
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask import current_app, g, request
from sqlalchemy.orm import Session

from server.db import Store
from server.devices import models
from server.devices.tokens import bearer, device_of, digest
from server.errors import Unauthorized
from server.rates import Rates

# Built once: every request of a laptop begins with it.
_LOOK_UP = sa.select(models.Device.install_id, models.Device.token_hash, models.Device.state).where(
    models.Device.org_id == sa.bindparam("org"), models.Device.device_id == sa.bindparam("device")
)


@dataclass(frozen=True, slots=True)
class Device:
    """The laptop that sent a request."""

    org_id: UUID
    device_id: UUID
    install_id: UUID


def current_device() -> Device:
    """The laptop that sent this request. Raises Unauthorized, or TooManyRequests."""
    if "device" not in g:
        store: Store = current_app.extensions["store"]
        with store.reading() as session:
            g.device = device_with(session, bearer(request.headers.get("Authorization")))
        rates: Rates = current_app.extensions["rates"]
        rates.check_laptop(g.device.device_id)
    found: Device = g.device
    return found


def device_with(session: Session, token: str) -> Device:
    """The active laptop this token was given to. Raises Unauthorized, the same for every reason."""
    named = device_of(token)
    if named is not None:
        org_id, device_id = named
        row = session.execute(_LOOK_UP, {"org": org_id, "device": device_id}).one_or_none()
        if row and row.state == models.ACTIVE and hmac.compare_digest(row.token_hash, digest(token)):
            return Device(org_id, device_id, row.install_id)
    raise Unauthorized(
        "This needs the token of an enrolled laptop; enrol it again if it had one.",
        headers={"WWW-Authenticate": "Bearer"},
    )
