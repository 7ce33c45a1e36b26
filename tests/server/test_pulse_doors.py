"""From the labels of a period to an answer that is nobody's: the whole path, and every refusal on it."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pulse_company
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from flask.testing import FlaskClient
from pulse_company import LAST_SUNDAY, MONDAY, PERIOD, Colleague, Laptop, with_tokens

from agent.pulse import memory
from agent.signals import LIMITS, PULSE_ANSWER
from server.access.cookies import COOKIE
from server.db import Store
from server.devices.store import assign
from server.people.models import Organisation
from server.pulse.blind_sign import MODULUS_BYTES
from server.pulse.jobs import pulse_period_start, pulse_release, start_period
from server.pulse.models import PulseAnswer, PulseComment, PulseKey, PulseLabel, PulseMember, PulsePeriod
from server.pulse.payload import Answer
from server.web.request_log import HEADER


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(MONDAY)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse_company.quick_keys(monkeypatch)


@pytest.fixture
def colleagues(store: Store, org: Organisation) -> list[Colleague]:
    return pulse_company.hire(store, org)


@pytest.fixture
def begun(store: Store, org: Organisation, colleagues: list[Colleague]) -> list[Colleague]:
    """The company in a period that has begun."""
    assert start_period(store, org, MONDAY)
    return colleagues


@pytest.fixture
def answering(client: FlaskClient, begun: list[Colleague], tmp_path: Path) -> Laptop:
    return with_tokens(client, begun[0], tmp_path)


def rows(store: Store, org: Organisation, table: type[Any]) -> list[Any]:
    with store.reading() as session:
        return list(session.scalars(sa.select(table).where(table.org_id == org.org_id)))


def slug(response: Any) -> str:
    assert response.mimetype == "application/problem+json"
    return str(response.get_json()["type"]).rpartition(":")[2]


def body_of(laptop: Laptop, item: str = "tech_sat", value: int = 4) -> dict[str, Any]:
    """The first message of an answer, as it would leave."""
    laptop.answer("core", item, value, MONDAY)
    found: dict[str, Any] = json.loads(memory.messages(laptop.memory.db)[0].body)
    return found


# Beginning


def test_a_period_begins_once_with_everybody_under_two_labels(
    store: Store, org: Organisation, colleagues: list[Colleague]
) -> None:
    assert pulse_period_start(store, MONDAY) == "1 pulse periods begun"
    assert pulse_period_start(store, MONDAY + timedelta(hours=1)) == "0 pulse periods begun"
    assert {label.label: label.eligible for label in rows(store, org, PulseLabel)} == {
        "row:team:Web": 9,
        "row:team:Data": 8,
        "row:team:North": 10,
        "col:stage:onboarding": 9,
        "col:stage:steady": 18,
        "comment:company": 27,
    }
    members = {m.person_id: m for m in rows(store, org, PulseMember)}
    assert set(members) == {c.person_id for c in colleagues}
    assert all(members[c.person_id].row_label == f"row:team:{c.team}" for c in colleagues)
    assert all(members[c.person_id].device_id == c.device.device_id for c in colleagues)
    assert {(k.label, k.slot) for k in rows(store, org, PulseKey)} == {
        (label, slot)
        for label in {m.row_label for m in members.values()} | {m.col_label for m in members.values()}
        for slot in ("core", "second")
    } | {("comment:company", "comment")}


def test_a_period_does_not_begin_after_its_first_week(
    store: Store, org: Organisation, colleagues: list[Colleague]
) -> None:
    assert not start_period(store, org, MONDAY + timedelta(days=7))
    assert start_period(store, org, MONDAY + timedelta(days=6))


def test_accounts_without_a_laptop_in_use_are_no_cover(store: Store, org: Organisation) -> None:
    pulse_company.hire(store, org, {("U", "A"): 7}, newcomers=0)
    pulse_company.hire(store, org, {("U", "A"): 20}, newcomers=0, weeks_of_use=(1,))
    assert not start_period(store, org, MONDAY)
    assert rows(store, org, PulsePeriod) == []


def test_half_an_hour_makes_a_day_of_use(store: Store, org: Organisation) -> None:
    idle = pulse_company.hire(store, org, {("U", "A"): 8}, newcomers=0, weeks_of_use=())
    devices = [colleague.device for colleague in idle]
    pulse_company.use(store, devices, (1, 2), seconds=1799)
    assert not start_period(store, org, MONDAY)
    pulse_company.use(store, devices, (3, 4), seconds=1800)
    assert start_period(store, org, MONDAY)


@pytest.mark.parametrize(("answered", "asks_twice"), [((29, 29), False), ((29, 30), True), ((29,), True)])
def test_the_second_question_is_left_out_where_few_answer_twice_running(
    store: Store,
    org: Organisation,
    colleagues: list[Colleague],
    answered: tuple[int, ...],
    asks_twice: bool,
) -> None:
    with store.transaction() as session:
        for number, count in enumerate(answered, start=1):
            session.add(
                PulsePeriod(
                    org_id=org.org_id,
                    period=f"2026-P{number:02d}",
                    first_day=MONDAY.date(),
                    last_day=MONDAY.date(),
                    labels=b"",
                    labels_hash="",
                    closed=True,
                    issued=100,
                    answered=count,
                )
            )
    assert start_period(store, org, MONDAY)
    slots = {key.slot for key in rows(store, org, PulseKey)}
    assert slots == ({"core", "second", "comment"} if asks_twice else {"core", "comment"})


# What a laptop is told


def test_the_published_list_is_the_one_whose_hash_the_policy_names(
    client: FlaskClient, begun: list[Colleague]
) -> None:
    headers = begun[0].device.headers
    told = client.get("/api/v1/policy", headers=headers).get_json()["pulse"]
    listed = client.get("/api/v1/pulse/labels", headers=headers)
    assert hashlib.sha256(listed.data).hexdigest() == told["labels_hash"]
    assert told["period"] == PERIOD
    assert told["row"] == "row:team:Web"
    assert listed.data == client.get("/api/v1/pulse/labels", headers=begun[9].device.headers).data
    assert client.get("/api/v1/pulse/labels").status_code == 401


def test_without_a_period_there_is_no_list_and_nothing_in_the_policy(
    client: FlaskClient, colleagues: list[Colleague]
) -> None:
    headers = colleagues[0].device.headers
    assert client.get("/api/v1/policy", headers=headers).get_json()["pulse"] == {}
    assert slug(client.get("/api/v1/pulse/labels", headers=headers)) == "not-found"


# Tokens


def test_tokens_are_handed_out_once_and_the_same_request_may_be_repeated(
    client: FlaskClient, answering: Laptop
) -> None:
    signed = memory.tokens_of(answering.memory.db, PERIOD)
    assert [(t.slot, t.label) for t in signed] == [
        ("comment", "comment:company"),
        ("core", "col:stage:onboarding"),
        ("core", "row:team:Web"),
        ("second", "col:stage:onboarding"),
        ("second", "row:team:Web"),
    ]
    again = [
        {"label": t.label, "slot": t.slot, "blinded": base64.b64encode(t.blinded).decode()} for t in signed
    ]
    headers = answering.colleague.device.headers
    for order in (again, again[::-1]):
        repeated = client.post(
            "/api/v1/pulse/tokens", json={"period": PERIOD, "tokens": order}, headers=headers
        )
        assert repeated.status_code == 200
    fewer = {"period": PERIOD, "tokens": again[:1]}
    assert slug(client.post("/api/v1/pulse/tokens", json=fewer, headers=headers)) == "pulse-issued"
    again[0]["blinded"] = base64.b64encode(bytes(MODULUS_BYTES - 1) + b"\x02").decode()
    other = {"period": PERIOD, "tokens": again}
    assert slug(client.post("/api/v1/pulse/tokens", json=other, headers=headers)) == "pulse-issued"


def token_request(**changes: Any) -> dict[str, Any]:
    blinded = base64.b64encode(bytes(MODULUS_BYTES - 1) + b"\x02").decode()
    return {"label": "row:team:Web", "slot": "core", "blinded": blinded} | changes


UNUSABLE_REQUESTS: list[tuple[list[Any], str]] = [
    ([token_request(label="row:team:North")], "pulse-labels"),
    ([token_request(), token_request()], "pulse-labels"),
    ([token_request(slot="comment")], "pulse-labels"),
    ([token_request(blinded=base64.b64encode(b"\xff" * MODULUS_BYTES).decode())], "pulse-blinded"),
    ([token_request(blinded=base64.b64encode(bytes(MODULUS_BYTES)).decode())], "pulse-blinded"),
    ([token_request(blinded=base64.b64encode(bytes(255)).decode())], "malformed-body"),
    ([token_request(slot="lunch")], "malformed-body"),
    ([token_request(person="me")], "malformed-body"),
    ([token_request()] * 7, "malformed-body"),
    ([], "malformed-body"),
]


def test_unusable_token_requests_are_refused_and_cost_nothing(
    client: FlaskClient, begun: list[Colleague], tmp_path: Path
) -> None:
    for tokens, expected in UNUSABLE_REQUESTS:
        refused = client.post(
            "/api/v1/pulse/tokens",
            json={"period": PERIOD, "tokens": tokens},
            headers=begun[0].device.headers,
        )
        assert slug(refused) == expected, tokens
    with_tokens(client, begun[0], tmp_path)


def test_only_the_laptop_that_asks_gets_tokens(
    client: FlaskClient, store: Store, org: Organisation, begun: list[Colleague]
) -> None:
    (second,) = pulse_company.hire(store, org, {("U", "Later"): 1})
    asked = {"period": PERIOD, "tokens": [token_request()]}
    refused = client.post("/api/v1/pulse/tokens", json=asked, headers=second.device.headers)
    assert slug(refused) == "pulse-not-asked"
    assert client.post("/api/v1/pulse/tokens", json=asked).status_code == 401
    asked["period"] = "2026-P04"
    refused = client.post("/api/v1/pulse/tokens", json=asked, headers=begun[0].device.headers)
    assert slug(refused) == "pulse-closed"


@pytest.mark.parametrize("now_it_is", ["shared", "another's"])
def test_a_laptop_that_is_not_its_persons_any_more_asks_nobody(
    client: FlaskClient, store: Store, org: Organisation, begun: list[Colleague], now_it_is: str
) -> None:
    device = begun[0].device
    asked = {"period": PERIOD, "tokens": [token_request()]}
    assert "row" in client.get("/api/v1/policy", headers=device.headers).get_json()["pulse"]
    other = None if now_it_is == "shared" else begun[1].person_id
    with store.transaction() as session:
        assign(session, org.org_id, device.device_id, other, MONDAY.date(), shared=other is None)
    assert "row" not in client.get("/api/v1/policy", headers=device.headers).get_json()["pulse"]
    refused = client.post("/api/v1/pulse/tokens", json=asked, headers=device.headers)
    assert slug(refused) == "pulse-not-asked"


# Answers


def test_an_answer_arrives_as_separate_rows_without_anything_else(
    client: FlaskClient, store: Store, org: Organisation, answering: Laptop
) -> None:
    assert answering.answer("core", "tech_sat", 4, MONDAY, comment="  A faster\n laptop ") == 3
    later = MONDAY
    while memory.messages(answering.memory.db):
        later += timedelta(hours=6)
        answering.send(later)
    kept = rows(store, org, PulseAnswer)
    assert sorted((a.label, a.item, a.value) for a in kept) == [
        ("col:stage:onboarding", "tech_sat", 4),
        ("row:team:Web", "tech_sat", 4),
    ]
    assert [c.text for c in rows(store, org, PulseComment)] == ["A faster laptop"]
    assert {c.name for c in PulseAnswer.__table__.columns} == {
        "org_id",
        "answer_id",
        "period",
        "label",
        "item",
        "value",
    }


def test_the_message_has_the_fields_of_the_vocabulary_and_no_other(answering: Laptop) -> None:
    names = {field.name for field in PULSE_ANSWER}
    assert names == set(Answer.__struct_fields__)
    assert set(body_of(answering)) == names - {"comment"}


def test_a_message_that_says_whose_it_is_is_refused_and_may_come_again(
    client: FlaskClient, answering: Laptop
) -> None:
    body = body_of(answering)
    signed = client.post("/api/v1/pulse/answers", json=body, headers=answering.colleague.device.headers)
    assert slug(signed) == "pulse-identity"
    client.set_cookie("any", "thing")
    assert slug(client.post("/api/v1/pulse/answers", json=body)) == "pulse-identity"
    client.delete_cookie("any")
    taken = client.post("/api/v1/pulse/answers", json=body)
    assert taken.status_code == 200
    assert "Set-Cookie" not in taken.headers


def test_a_token_is_good_for_one_message(client: FlaskClient, answering: Laptop) -> None:
    body = body_of(answering)
    assert client.post("/api/v1/pulse/answers", json=body).get_json() == {"accepted": True}
    for repeat in (body, body | {"value": 1}):
        refused = client.post("/api/v1/pulse/answers", json=repeat)
        assert (refused.status_code, slug(refused)) == (409, "pulse-spent")


UNUSABLE_ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"label": "row:team:North"}, "pulse-token"),
    ({"label": "row:team:Nowhere"}, "pulse-token"),
    ({"slot": "second", "item": "enps", "value": 9}, "pulse-token"),
    ({"token": base64.b64encode(bytes(64)).decode()}, "pulse-token"),
    ({"signature": base64.b64encode(b"\xff" * 256).decode()}, "pulse-token"),
    ({"item": "ux_ease"}, "pulse-answer"),
    ({"item": "favourite_colour"}, "pulse-answer"),
    ({"value": 6}, "pulse-answer"),
    ({"value": 0}, "pulse-answer"),
    ({"value": None}, "pulse-answer"),
    ({"comment": "hello"}, "pulse-answer"),
    ({"slot": "comment", "item": "open_one", "value": None, "comment": "  "}, "pulse-answer"),
    ({"value": 4.5}, "malformed-body"),
    ({"value": "4"}, "malformed-body"),
    ({"comment": "x" * (LIMITS.comment_length + 1)}, "malformed-body"),
    ({"device_id": str(uuid4())}, "malformed-body"),
    ({"token": "not base64!"}, "malformed-body"),
    ({"organisation": "main"}, "malformed-body"),
    ({"organisation": str(uuid4())}, "pulse-closed"),
    ({"period": "2026-P04"}, "pulse-closed"),
    ({"period": "soon"}, "pulse-closed"),
]


def test_an_unusable_answer_is_refused_and_its_token_stays_good(
    client: FlaskClient, answering: Laptop
) -> None:
    body_of(answering)
    messages = [json.loads(message.body) for message in memory.messages(answering.memory.db)]
    body = next(message for message in messages if message["label"] == "row:team:Web")
    for changes, expected in UNUSABLE_ANSWERS:
        assert slug(client.post("/api/v1/pulse/answers", json=body | changes)) == expected, changes
    assert client.post("/api/v1/pulse/answers", json=body).status_code == 200


JSON = "application/json"
UNREADABLE: list[tuple[bytes, str, tuple[int, str]]] = [
    (b"{", JSON, (400, "malformed-body")),
    (b"\xff\xfe", JSON, (400, "malformed-body")),
    (b"[" * 5_000, JSON, (400, "malformed-body")),
    (b"[" * 20_000, JSON, (413, "body-too-large")),
    (b"value=4", "text/plain", (415, "unsupported-media-type")),
]


@pytest.mark.parametrize("door", ["answers", "tokens"])
def test_unreadable_bodies(client: FlaskClient, colleagues: list[Colleague], door: str) -> None:
    headers = colleagues[0].device.headers if door == "tokens" else {}
    for data, kind, expected in UNREADABLE:
        response = client.post(f"/api/v1/pulse/{door}", data=data, content_type=kind, headers=headers)
        assert (response.status_code, slug(response)) == expected, data[:9]


def test_answers_count_until_wednesday_after_the_last_sunday(
    client: FlaskClient, clock: SettableClock, answering: Laptop
) -> None:
    body = body_of(answering)
    closing = datetime.combine(LAST_SUNDAY, datetime.min.time(), UTC) + timedelta(days=3, hours=3)
    clock.now = closing
    assert slug(client.post("/api/v1/pulse/answers", json=body)) == "pulse-closed"
    clock.now = closing - timedelta(seconds=1)
    assert client.post("/api/v1/pulse/answers", json=body).status_code == 200


def test_nothing_of_an_answer_is_logged_or_counted(
    client: FlaskClient, answering: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    body = body_of(answering)
    capsys.readouterr()
    for sent in (body | {"value": 9}, body, body):
        client.post("/api/v1/pulse/answers", json=sent)
    client.set_cookie(COOKIE, "of a page", domain="localhost")
    early = client.post("/api/v1/pulse/answers", json=body)
    assert (early.status_code, HEADER in early.headers) == (400, False)
    written = capsys.readouterr()
    assert written.out + written.err == ""
    assert "pulse/answers" not in client.get("/metrics").get_data(as_text=True)


def test_the_private_keys_and_who_could_answer_go_when_a_period_closes(
    store: Store, org: Organisation, begun: list[Colleague]
) -> None:
    pulse_release(store, MONDAY + timedelta(days=27))
    assert len(rows(store, org, PulseMember)) == 27
    pulse_release(store, MONDAY + timedelta(days=31))
    assert rows(store, org, PulseMember) == []
    assert {(key.p, key.q) for key in rows(store, org, PulseKey)} == {(None, None)}
