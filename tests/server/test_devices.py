"""Laptops are let in by keys, are known by tokens, and belong to somebody from a day on."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Store
from server.devices.models import Device, DevicePerson, EnrolmentKey
from server.devices.queries import devices, facts_of
from server.devices.store import assign, create_enrolment_key, retire, revoke_enrolment_key
from server.people.models import Organisation, PersonRow

TODAY = date(2026, 3, 4)
FACTS = {"hostname": "lap7", "serial": "ABC123", "model": "T14", "os": "linux", "cores": 8}


def new_key(store: Store, org: Organisation, **options: object) -> str:
    with store.transaction() as session:
        return create_enrolment_key(session, org.org_id, TODAY, **options)


def ask(client: FlaskClient, credential: str, **body: object):
    body = {"install_id": str(uuid4()), "hardware_id": "board-77:SN1", "facts": FACTS} | body
    return client.post("/api/v1/enroll", json=body, headers={"Authorization": f"Bearer {credential}"})


def policy_status(client: FlaskClient, token: str) -> int:
    return client.get("/api/v1/policy", headers={"Authorization": f"Bearer {token}"}).status_code


def slug(response) -> str:
    assert response.mimetype == "application/problem+json"
    return response.json["type"].removeprefix("urn:employee-dex:problem:")


def test_a_key_lets_a_laptop_in(client: FlaskClient, store: Store, org: Organisation) -> None:
    answer = ask(client, new_key(store, org))
    assert answer.status_code == 201
    assert answer.json["organisation"] == str(org.org_id)
    assert answer.json["policy"]["agreement"]["agreed"] is False
    assert policy_status(client, answer.json["token"]) == 200
    with store.reading() as session:
        facts = facts_of(session, org.org_id, UUID(answer.json["device_id"]))
        assert [row["serial"] for row in devices(session, org.org_id)] == ["ABC123"]
    assert {name: facts[name] for name in FACTS} == FACTS


def test_no_secret_is_stored(client: FlaskClient, store: Store, org: Organisation) -> None:
    key = new_key(store, org)
    token = ask(client, key).json["token"]
    with store.reading() as session:
        stored = session.execute(sa.select(Device).where(Device.org_id == org.org_id)).scalar_one()
        kept_key = session.execute(
            sa.select(EnrolmentKey.key_hash).where(EnrolmentKey.org_id == org.org_id)
        ).scalar_one()
    assert token.encode() not in stored.token_hash
    assert key.encode() not in kept_key


def test_a_new_installation_of_the_same_laptop_keeps_its_id_and_ends_the_old_token(
    client: FlaskClient, store: Store, org: Organisation
) -> None:
    key = new_key(store, org)
    first, second = ask(client, key).json, ask(client, key, hardware_id="  BOARD-77:sn1 ").json
    assert first["device_id"] == second["device_id"]
    assert policy_status(client, first["token"]) == 401
    assert policy_status(client, second["token"]) == 200


def test_laptops_without_hardware_numbers_are_told_apart_by_their_installation(
    client: FlaskClient, store: Store, org: Organisation
) -> None:
    key = new_key(store, org)
    ids = {ask(client, key, hardware_id=None).json["device_id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_key_that_is_used_up_lets_nobody_in(client: FlaskClient, store: Store, org: Organisation) -> None:
    key = new_key(store, org, uses=1)
    assert ask(client, key).status_code == 201
    refused = ask(client, key, hardware_id="another")
    assert (refused.status_code, slug(refused)) == (403, "key-used-up")


def test_a_refused_enrolment_takes_no_use_of_the_key(
    client: FlaskClient, store: Store, org: Organisation
) -> None:
    key = new_key(store, org, uses=1)
    refused = ask(client, key, person="nobody")
    assert (refused.status_code, slug(refused)) == (422, "person-unknown")
    assert ask(client, key).status_code == 201


def test_a_key_is_good_through_its_last_day(client: FlaskClient, store: Store, org, clock) -> None:
    key = new_key(store, org, days=2)
    clock.advance(days=2)
    assert ask(client, key).status_code == 201
    clock.advance(days=1)
    refused = ask(client, key)
    assert (refused.status_code, slug(refused)) == (403, "key-expired")


def test_a_revoked_key_lets_nobody_in(client: FlaskClient, store: Store, org: Organisation) -> None:
    key = new_key(store, org)
    with store.transaction() as session:
        key_id = session.execute(
            sa.select(EnrolmentKey.key_id).where(EnrolmentKey.org_id == org.org_id)
        ).scalar_one()
        assert revoke_enrolment_key(session, org.org_id, key_id)
    refused = ask(client, key)
    assert (refused.status_code, slug(refused)) == (403, "key-revoked")


@pytest.mark.parametrize("key", ["", "nonsense", "dexe_" + "0" * 32 + "_" + "A" * 43])
def test_an_unknown_key_is_told_so(client: FlaskClient, org: Organisation, key: str) -> None:
    refused = ask(client, key)
    assert (refused.status_code, slug(refused)) == (401, "key-unknown")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"{", 400, "malformed-body"),
        (b"[]", 422, "invalid-enrolment"),
        (b'{"install_id": "x"}', 422, "invalid-enrolment"),
        (b'{"install_id": "6e8bc430-9c3a-11d9-9669-0800200c9a66", "facts": 3}', 422, "invalid-enrolment"),
    ],
)
def test_an_enrolment_that_cannot_be_read_is_refused_in_a_sentence(
    client: FlaskClient, org: Organisation, body: bytes, status: int, expected: str
) -> None:
    refused = client.post("/api/v1/enroll", data=body, content_type="application/json")
    assert (refused.status_code, slug(refused)) == (status, expected)


def test_facts_that_no_contract_knows_are_left_out(
    client: FlaskClient, store: Store, org: Organisation
) -> None:
    facts = {"model": "T14", "cores": -1, "user": "anna", "os": "beos"}
    answer = ask(client, new_key(store, org), facts=facts)
    with store.reading() as session:
        kept = facts_of(session, org.org_id, UUID(answer.json["device_id"]))
    assert (kept["model"], kept["cores"], kept["os"]) == ("T14", None, None)


@pytest.mark.parametrize("token", ["", "nonsense", "dexd_" + "0" * 32 + "_" + "0" * 32 + "_" + "A" * 43])
def test_a_token_that_was_not_given_out_opens_nothing(client: FlaskClient, org, token: str) -> None:
    assert policy_status(client, token) == 401


def test_the_token_of_one_laptop_is_not_that_of_another(client: FlaskClient, store: Store, org) -> None:
    key = new_key(store, org)
    first = ask(client, key, hardware_id="first").json
    second = ask(client, key, hardware_id="second").json
    mixed = first["token"][:-43] + second["token"][-43:]
    assert policy_status(client, mixed) == 401


def test_a_retired_laptop_is_not_known_any_more(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    assert policy_status(client, enrolled.token) == 200
    with store.transaction() as session:
        retire(session, enrolled.org_id, enrolled.device_id)
    assert policy_status(client, enrolled.token) == 401


def test_the_policy_is_sent_once(client: FlaskClient, enrolled: EnrolledDevice) -> None:
    first = client.get("/api/v1/policy", headers=enrolled.headers)
    again = client.get("/api/v1/policy", headers=enrolled.headers | {"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_a_token_enrols_nothing_but_a_copy_that_was_noticed(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    refused = ask(client, enrolled.token)
    assert (refused.status_code, slug(refused)) == (403, "forbidden")


@pytest.mark.parametrize("same_hardware", [True, False])
def test_a_noticed_copy_becomes_a_laptop_of_its_own(
    client: FlaskClient, store: Store, org: Organisation, same_hardware: bool
) -> None:
    original = ask(client, new_key(store, org)).json
    with store.transaction() as session:
        device = session.get(Device, (org.org_id, UUID(original["device_id"])))
        device.clone_seen_on = TODAY
    copy = ask(client, original["token"], hardware_id="board-77:SN1" if same_hardware else "board-78")
    assert copy.status_code == 201
    assert copy.json["device_id"] != original["device_id"]
    assert policy_status(client, original["token"]) == 200
    assert policy_status(client, copy.json["token"]) == 200


def person(session, org: Organisation, employee_id: str) -> UUID:
    row = PersonRow(org_id=org.org_id, person_id=uuid4(), employee_id=employee_id)
    session.add(row)
    session.flush()
    return row.person_id


def assigned(session, org_id: UUID, device_id: UUID) -> list[tuple[UUID, date, date | None]]:
    """Whose the laptop is, from which day to which."""
    row = DevicePerson
    query = sa.select(row.person_id, row.since, row.until).order_by(row.since)
    return list(map(tuple, session.execute(query.where(row.org_id == org_id, row.device_id == device_id))))


def test_a_laptop_may_name_its_person_when_it_enrols(client: FlaskClient, store: Store, org) -> None:
    with store.transaction() as session:
        anna = person(session, org, "E-17")
    answer = ask(client, new_key(store, org), person="E-17")
    with store.reading() as session:
        assert assigned(session, org.org_id, UUID(answer.json["device_id"])) == [(anna, TODAY, None)]


def test_an_assignment_holds_until_the_next_one(store: Store, org, enrolled: EnrolledDevice) -> None:
    device = (enrolled.org_id, enrolled.device_id)
    with store.transaction() as session:
        anna, ben = person(session, org, "a"), person(session, org, "b")
        assign(session, *device, anna, TODAY)
        assign(session, *device, ben, TODAY + timedelta(days=10))
        assign(session, *device, None, TODAY + timedelta(days=20))
    with store.reading() as session:
        assert assigned(session, *device) == [
            (anna, TODAY, TODAY + timedelta(days=9)),
            (ben, TODAY + timedelta(days=10), TODAY + timedelta(days=19)),
        ]


def test_an_assignment_replaces_what_was_said_about_later_days(store: Store, org, enrolled) -> None:
    device = (enrolled.org_id, enrolled.device_id)
    with store.transaction() as session:
        anna, ben = person(session, org, "a"), person(session, org, "b")
        assign(session, *device, anna, TODAY)
        assign(session, *device, ben, TODAY + timedelta(days=10))
        assign(session, *device, anna, TODAY + timedelta(days=5))
    with store.reading() as session:
        assert assigned(session, *device) == [(anna, TODAY, None)]
