"""What is left out of batches is counted per laptop, week and reason, once for each batch."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import factories
import sqlalchemy as sa
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Store
from server.devices.models import DeviceDrop
from server.devices.store import create_enrolment_key

TODAY = date(2026, 3, 4)
WEEK, WEEK_BEFORE = "2026-W10", "2026-W09"


def drops(store: Store, device: EnrolledDevice) -> dict[tuple[str, str, str], int]:
    query = sa.select(DeviceDrop).where(
        DeviceDrop.org_id == device.org_id, DeviceDrop.device_id == device.device_id
    )
    with store.reading() as session:
        return {(row.week, row.reason, row.field): row.count for row in session.scalars(query)}


def body(device: EnrolledDevice, seq: int, day: date = TODAY, **changes: Any) -> bytes:
    return factories.packed(factories.batch(device, seq, day, summary=factories.summary(**changes)))


def send(client: FlaskClient, device: EnrolledDevice, sent: bytes) -> int:
    return client.post("/api/v1/batches", **factories.sending(device, sent)).status_code


def test_each_batch_counts_once_in_the_week_of_its_day_in_any_order(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    batches = [
        body(enrolled, 1, boot_s=-1, mood="good", weather="wet"),
        body(enrolled, 2, revision=2, boot_s=-1),
        body(enrolled, 3, TODAY - timedelta(days=7), boot_s=-1),
        body(enrolled, 4, TODAY - timedelta(days=1)),
    ]
    sent = batches * 3
    random.Random(1).shuffle(sent)
    assert {send(client, enrolled, one) for one in sent} == {200}
    assert drops(store, enrolled) == {
        (WEEK, "out-of-bounds", "summary.boot_s"): 2,
        (WEEK, "unknown-field", "summary"): 2,
        (WEEK_BEFORE, "out-of-bounds", "summary.boot_s"): 1,
    }


def test_a_batch_that_is_refused_counts_nothing(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    too_old = body(enrolled, 1, TODAY - timedelta(days=40), boot_s=-1)
    of_a_clone = body(enrolled, 2, boot_s=-1)
    assert send(client, enrolled, too_old) == 422
    assert send(client, enrolled, body(enrolled, 2)) == 200
    assert send(client, enrolled, of_a_clone) == 409
    assert drops(store, enrolled) == {}


def test_facts_at_the_enrolment_count_too(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    with store.transaction() as session:
        key = create_enrolment_key(session, enrolled.org_id, TODAY)
    asked = {"install_id": str(enrolled.install_id), "facts": {"cores": -1, "owner": "anna", "os": "linux"}}
    answer = client.post("/api/v1/enroll", json=asked, headers={"Authorization": f"Bearer {key}"})
    device = EnrolledDevice(enrolled.org_id, UUID(answer.json["device_id"]), enrolled.install_id, "")
    assert drops(store, device) == {
        (WEEK, "out-of-bounds", "facts.cores"): 1,
        (WEEK, "unknown-field", "facts"): 1,
    }
