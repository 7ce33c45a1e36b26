"""Which laptop is asking: by its token in the Authorization header.

Most calls look it up at once (`current_device`). A batch names its laptop (`claim_in`) and is checked
with the others of its group, in the transaction that writes them (`active_tokens`): so a token ends at once
when its laptop is retired or enrolled anew, and no batch pays for a look-up of its own.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask import current_app, g, request
from sqlalchemy.orm import Session

from server.bulk import find_where, target
from server.db import Store
from server.devices import models
from server.devices.tokens import bearer, device_of, digest
from server.errors import Unauthorized
from server.web.rates import Rates

_TOKENS = target(models.Device.__table__, "device_id", "token_hash", "state")  # type: ignore[arg-type]

# Built once: nearly every other request of a laptop begins with it.
_LOOK_UP = sa.select(models.Device.install_id, models.Device.token_hash, models.Device.state).where(
    models.Device.org_id == sa.bindparam("org"), models.Device.device_id == sa.bindparam("device")
)


@dataclass(frozen=True, slots=True)
class Device:
    """The laptop that sent a request."""

    org_id: UUID
    device_id: UUID
    install_id: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """The laptop that a token names, and the token's digest. Whether it is the right one is not known yet."""

    org_id: UUID
    device_id: UUID
    token_hash: bytes


def claim_in(authorization: str | None) -> Claim:
    """The laptop that an Authorization header names. Raises Unauthorized if it names none."""
    return _claim(bearer(authorization))


def _claim(token: str) -> Claim:
    named = device_of(token)
    if named is None:
        raise unauthorized()
    return Claim(*named, digest(token))


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
    return proven(session, _claim(token))


def proven(session: Session, claim: Claim) -> Device:
    """The active laptop that a claim is right about. Raises Unauthorized."""
    row = session.execute(_LOOK_UP, {"org": claim.org_id, "device": claim.device_id}).one_or_none()
    if row and row.state == models.ACTIVE and hmac.compare_digest(row.token_hash, claim.token_hash):
        return Device(claim.org_id, claim.device_id, row.install_id)
    raise unauthorized()


def active_tokens(connection: sa.Connection, org_id: UUID, device_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """Digests of the tokens of those of these laptops that are there and active."""
    keys = {(org_id, device_id) for device_id in device_ids}
    rows = find_where(connection, _TOKENS, ("org_id", "device_id"), keys)
    return {device_id: token_hash for device_id, token_hash, state in rows if state == models.ACTIVE}


def unauthorized() -> Unauthorized:
    return Unauthorized(
        "This needs the token of an enrolled laptop; enrol it again if it had one.",
        headers={"WWW-Authenticate": "Bearer"},
    )
