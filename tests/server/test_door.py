"""Batches at the door: whose they are is checked with their group, and a token ends at once."""

import factories
import pytest
import sqlalchemy as sa
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server import bulk
from server.db import Store
from server.devices.models import RETIRED, Device
from server.devices.tokens import digest, make_device_token
from server.ingest import door
from server.ingest.models import event, raw_batch


def send(client: FlaskClient, device: EnrolledDevice, seq: int, **parts: object) -> int:
    body = factories.packed(factories.batch(device, seq, **parts))
    return client.post(door.PATH, **factories.sending(device, body)).status_code


def change(store: Store, device: EnrolledDevice, **values: object) -> None:
    mine = (Device.org_id == device.org_id, Device.device_id == device.device_id)
    with store.transaction() as session:
        session.execute(sa.update(Device).where(*mine).values(**values))


def bodies(store: Store, device: EnrolledDevice) -> dict[int, bool]:
    """By number of the batch: whether its bytes are there."""
    query = sa.select(raw_batch.c.seq, raw_batch.c.body).where(raw_batch.c.org_id == device.org_id)
    with store.reading() as session:
        return {seq: body is not None for seq, body in session.execute(query)}


@pytest.mark.parametrize("ended", ["retired", "enrolled anew"])
def test_a_token_ends_with_the_next_batch(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, ended: str
) -> None:
    assert send(client, enrolled, 1) == 200
    other = make_device_token(enrolled.org_id, enrolled.device_id)
    change(store, enrolled, **({"state": RETIRED} if ended == "retired" else {"token_hash": digest(other)}))
    assert send(client, enrolled, 2) == 401
    assert set(bodies(store, enrolled)) == {1}


def test_a_wrong_token_in_a_group_harms_nobody_else(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    wrong = EnrolledDevice(
        enrolled.org_id,
        enrolled.device_id,
        enrolled.install_id,
        make_device_token(enrolled.org_id, enrolled.device_id),
    )
    assert send(client, wrong, 1) == 401
    assert send(client, enrolled, 1) == 200  # its number was not taken by whoever named this laptop


def test_a_large_batch_is_read_of_laptops_alone_that_are_known(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_json: bytes) -> None:
        raise AssertionError("it was decoded")

    change(store, enrolled, state=RETIRED)
    with monkeypatch.context() as patch:
        patch.setattr(door, "parse_batch", decode)
        patch.setattr(door, "UNPROVEN_PLAIN_BYTES", 100)
        assert send(client, enrolled, 1) == 401
        patch.setattr(door, "UNPROVEN_BYTES", 10)
        assert send(client, enrolled, 1) == 401


def test_the_bytes_of_an_edition_go_when_the_next_one_comes(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    send(client, enrolled, 1, summary=factories.summary(revision=1))
    send(client, enrolled, 2, summary=factories.summary(revision=2), events=[factories.event()])
    send(client, enrolled, 3, events=[factories.event()])
    send(client, enrolled, 4, summary=factories.summary(revision=3))
    assert bodies(store, enrolled) == {1: False, 2: True, 3: True, 4: True}  # events stand nowhere else


def test_rows_without_an_organisation_are_refused_where_no_guard_listens(store: Store) -> None:
    some = bulk.target(event, "device_id", "day", "event_id", "kind")
    with store.engine.connect() as connection:
        for act in (
            lambda: bulk.insert(connection, some, [(None,) * 4]),
            lambda: bulk.insert_new(connection, some, [(None,) * 4]),
            lambda: bulk.find_where(connection, some, ("device_id",), [("x",)]),
            lambda: bulk.delete_where(connection, event, ("kind",), [("crash",)]),
        ):
            with pytest.raises(RuntimeError, match="org_id"):
                act()
