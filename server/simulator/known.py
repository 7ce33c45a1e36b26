"""Laptops that the collector has known for long: written into the store, where a fleet is about to return."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.devices.models import ACTIVE, Device
from server.devices.store import device_id_of
from server.devices.tokens import digest, make_device_token
from server.simulator.fleet import Fleet, Laptop

ROWS_AT_ONCE = 2000


def make_known(store: Store, org_id: UUID, fleet: Fleet, today: date) -> None:
    """Each gets a token, as at an enrolment; a copy will have that of its original."""
    originals = [laptop for laptop in fleet.laptops if laptop.original is None]
    for first in range(0, len(originals), ROWS_AT_ONCE):
        rows = [_row(org_id, laptop, today) for laptop in originals[first : first + ROWS_AT_ONCE]]
        with store.transaction() as session:
            session.execute(sa.insert(Device), rows)


def _row(org_id: UUID, laptop: Laptop, today: date) -> dict[str, object]:
    laptop.device_id = device_id_of(org_id, laptop.hardware_id, laptop.install)
    laptop.token = make_device_token(org_id, laptop.device_id)
    return {
        "org_id": org_id,
        "device_id": laptop.device_id,
        "install_id": laptop.install,
        "token_hash": digest(laptop.token),
        "state": ACTIVE,
        "enrolled_on": today,
    }
