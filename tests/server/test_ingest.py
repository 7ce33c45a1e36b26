"""What laptops send is kept once, whatever arrives how often and in which order."""

import gzip
import json
from datetime import date, timedelta
from uuid import UUID, uuid4

import factories
import pytest
import sqlalchemy as sa
from factories import EnrolledDevice
from flask.testing import FlaskClient

from agent.signals import LIMITS
from server.db import Store
from server.devices.queries import facts_of
from server.ingest.models import SOONEST, app_day, device_day, event, raw_batch, service_day

TODAY = date(2026, 3, 4)


def send(client: FlaskClient, device: EnrolledDevice, content: dict):
    return client.post("/api/v1/batches", **factories.sending(device, factories.packed(content)))


def rows(store: Store, table: sa.Table, device: EnrolledDevice) -> list[dict]:
    query = sa.select(table).where(table.c.org_id == device.org_id).order_by(*table.primary_key)
    with store.reading() as session:
        return [dict(row._mapping) for row in session.execute(query)]


def slug(response) -> str:
    assert response.mimetype == "application/problem+json"
    return response.json["type"].removeprefix("urn:employee-dex:problem:")


def test_a_day_comes_in_with_every_value_as_it_was_sent(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    sent = factories.summary(
        usage_s=28123.456789012345,
        hang_list_s=[6.5, None],
        gap_min={"cpu": 12.25},
        services=[{"name": "Mail", "checks": 9, "failures": {"slow": 2}, "first_byte_ms": 210.5}],
        agent=[{"version": "0.1.0", "bytes_sent": 3_000_000_000, "dropped": {"too_old": 2}}],
    )
    batch = factories.batch(enrolled, summary=sent)
    answer = send(client, enrolled, batch)
    assert answer.json == {"batch_id": batch["batch_id"], "accepted": True, "dropped": []}
    [day] = rows(store, device_day, enrolled)
    plain = {name: value for name, value in sent.items() if name not in ("apps", "services", "agent")}
    assert {name: day[name] for name in plain} == plain
    assert (day["day"], day["received_day"]) == (TODAY, TODAY + SOONEST)
    assert (day["agent_bytes_sent"], day["agent_dropped"]) == (3_000_000_000, {"too_old": 2})
    [app] = rows(store, app_day, enrolled)
    assert (app["app"], app["version"], app["hours"], app["crashes"]) == ("firefox", "128.3", 5.5, 0)
    [service] = rows(store, service_day, enrolled)
    assert (service["service"], service["failures"], service["first_byte_ms"]) == ("Mail", {"slow": 2}, 210.5)


def test_events_come_in_with_their_hour_and_no_more(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    crash = factories.event(app="firefox", version="128.3", detail={"signal": "SIGSEGV"})
    update = factories.event("update", detail={"result": "failed"})
    assert send(client, enrolled, factories.batch(enrolled, events=[crash, update])).json["dropped"] == []
    kept = {str(row["event_id"]): row for row in rows(store, event, enrolled)}
    first, second = kept[crash["event_id"]], kept[update["event_id"]]
    assert (first["kind"], first["hour"], first["app"], first["detail"]) == (
        "crash",
        14,
        "firefox",
        {"signal": "SIGSEGV"},
    )
    assert (second["kind"], second["hour"], second["detail"]) == ("update", None, {"result": "failed"})


def test_the_body_is_kept_as_it_came(client: FlaskClient, store: Store, enrolled: EnrolledDevice) -> None:
    body = factories.packed(
        factories.batch(enrolled, summary=factories.summary(), events=[factories.event()])
    )
    client.post("/api/v1/batches", **factories.sending(enrolled, body))
    [raw] = rows(store, raw_batch, enrolled)
    assert (raw["body"], raw["seq"], raw["revision"], raw["events"]) == (body, 1, 1, 1)


def test_a_repeat_gets_the_same_answer_and_counts_once(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    batch = factories.batch(enrolled, summary=factories.summary(), events=[factories.event()], extra=1)
    answers = [send(client, enrolled, batch) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json == answers[1].json == answers[2].json
    assert [len(rows(store, table, enrolled)) for table in (raw_batch, device_day, event)] == [1, 1, 1]


def test_an_event_in_two_batches_counts_once(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    crash = factories.event()
    for seq in (1, 2):
        send(client, enrolled, factories.batch(enrolled, seq=seq, events=[crash]))
    assert len(rows(store, event, enrolled)) == 1


def test_a_higher_revision_replaces_the_whole_day(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    early = factories.summary(apps=[{"name": "excel", "version": "16", "hours": 1.0}], offline_min=5.0)
    late = factories.summary(revision=2, usage_s=30000.0)
    del late["offline_min"]
    send(client, enrolled, factories.batch(enrolled, seq=1, summary=early))
    send(client, enrolled, factories.batch(enrolled, seq=2, summary=late))
    [day] = rows(store, device_day, enrolled)
    assert (day["revision"], day["usage_s"], day["offline_min"]) == (2, 30000.0, None)
    assert [row["app"] for row in rows(store, app_day, enrolled)] == ["firefox"]


def test_a_lower_revision_after_a_higher_changes_nothing(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    send(client, enrolled, factories.batch(enrolled, seq=2, summary=factories.summary(revision=2)))
    before = rows(store, device_day, enrolled), rows(store, app_day, enrolled)
    early = factories.summary(usage_s=1.0, apps=[{"name": "excel"}])
    answer = send(client, enrolled, factories.batch(enrolled, seq=1, summary=early))
    assert answer.json["accepted"] is True
    assert (rows(store, device_day, enrolled), rows(store, app_day, enrolled)) == before
    assert len(rows(store, raw_batch, enrolled)) == 2


def test_changed_facts_hold_from_their_day_on(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    facts = {"os_version": "12.5", "memory_gib": 15.5}
    send(client, enrolled, factories.batch(enrolled, seq=2, facts=facts))
    send(client, enrolled, factories.batch(enrolled, seq=1, facts={"os_version": "12.4"}))
    with store.reading() as session:
        kept = facts_of(session, enrolled.org_id, enrolled.device_id)
    assert (kept["os_version"], kept["memory_gib"], kept["since"]) == ("12.5", 15.5, TODAY)


def test_unknown_and_invalid_fields_are_dropped_one_by_one(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    sent = factories.summary(
        mood="good",
        boot_s=-3,
        cpu_source="guess",
        coverage={"boot": "ok", "camera": "ok", "cpu": "fine"},
        apps=[{"name": "excel", "window": "Budget.xlsx"}, {"version": "1"}, 7],
    )
    events = [
        factories.event(title="Budget"),
        factories.event("update", hour=9),
        {"event_id": "no id", "kind": "crash"},
        {"event_id": str(uuid4()), "kind": "boot"},
        factories.event("oscrash", detail={"cause": "magic"}),
    ]
    answer = send(client, enrolled, factories.batch(enrolled, summary=sent, events=events, user="anna"))
    assert answer.status_code == 200
    named = {d["pointer"]: d["type"].rpartition(":")[2] for d in answer.json["dropped"]}
    assert named == {
        "/user": "unknown-field",
        "/summary/mood": "unknown-field",
        "/summary/boot_s": "out-of-bounds",
        "/summary/cpu_source": "invalid-value",
        "/summary/coverage/camera": "unknown-field",
        "/summary/coverage/cpu": "invalid-value",
        "/summary/apps/0/window": "unknown-field",
        "/summary/apps/1": "invalid-value",
        "/summary/apps/2": "invalid-value",
        "/events/0/title": "unknown-field",
        "/events/1/hour": "unknown-field",
        "/events/2/event_id": "invalid-value",
        "/events/3": "unknown-kind",
        "/events/4/detail/cause": "invalid-value",
    }
    [day] = rows(store, device_day, enrolled)
    assert (day["boot_s"], day["usage_s"], day["coverage"]) == (None, 28800.0, {"boot": "ok"})
    assert [row["app"] for row in rows(store, app_day, enrolled)] == ["excel"]
    assert sorted(row["kind"] for row in rows(store, event, enrolled)) == ["crash", "oscrash", "update"]


def plain(device: EnrolledDevice, **changes: object) -> bytes:
    return json.dumps(factories.batch(device) | changes).encode()


def test_a_body_without_gzip_is_taken_too(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    answer = client.post(
        "/api/v1/batches", data=plain(enrolled), content_type="application/json", headers=enrolled.headers
    )
    assert answer.status_code == 200


UNREADABLE = {
    "no json": gzip.compress(b"{"),
    "not gzip": b"plain",
    "truncated gzip": gzip.compress(b'{"a": "' + b"x" * 5000 + b'"}')[:-12],
    "two members": gzip.compress(b"{}") + gzip.compress(b"{}"),
    "NaN": gzip.compress(b'{"summary": {"usage_s": NaN}}'),
    "beyond all bounds": gzip.compress(b'{"summary": {"usage_s": 1e999}}'),
    "no UTF-8": gzip.compress(b'{"x": "\xff"}'),
    "half a character": gzip.compress(rb'{"x": "\ud800"}'),
    "too many levels": gzip.compress(b"[" * 5_000),
    "empty": b"",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_body_that_cannot_be_read_is_refused(
    client: FlaskClient, enrolled: EnrolledDevice, body: bytes
) -> None:
    answer = client.post("/api/v1/batches", **factories.sending(enrolled, body))
    assert (answer.status_code, slug(answer)) == (400, "malformed-body")


@pytest.mark.parametrize(
    "header", [{"Content-Type": "text/plain"}, {"Content-Encoding": "br"}], ids=["type", "encoding"]
)
def test_another_kind_of_body_is_refused(
    client: FlaskClient, enrolled: EnrolledDevice, header: dict[str, str]
) -> None:
    call = factories.sending(enrolled, factories.packed({}))
    answer = client.post("/api/v1/batches", data=call["data"], headers=call["headers"] | header)
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


OVERSIZE = {
    "as sent": b"x" * (LIMITS.body_bytes + 1),
    "unpacked": gzip.compress(b" " * (LIMITS.plain_bytes + 1)),
    "a bomb": gzip.compress(b"\0" * 50_000_000),
}


@pytest.mark.parametrize("body", OVERSIZE.values(), ids=OVERSIZE.keys())
def test_a_body_beyond_the_limits_is_refused(
    client: FlaskClient, enrolled: EnrolledDevice, body: bytes
) -> None:
    answer = client.post("/api/v1/batches", **factories.sending(enrolled, body))
    assert (answer.status_code, slug(answer)) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"batch_id": "x"}, "invalid-batch"),
        ({"batch_id": "6e8bc430-9c3a-11d9-9669-0800200c9a66"}, "invalid-batch"),
        ({"install_id": None}, "invalid-batch"),
        ({"seq": -1}, "invalid-batch"),
        ({"seq": 1.5}, "invalid-batch"),
        ({"day": "2026-02-30"}, "invalid-batch"),
        ({"day": "yesterday"}, "invalid-batch"),
        ({"summary": []}, "invalid-batch"),
        ({"summary": {"usage_s": 1.0}}, "invalid-batch"),
        ({"summary": {"revision": 0}}, "invalid-batch"),
        ({"events": {}}, "invalid-batch"),
        ({"events": [{"event_id": str(UUID(int=n)), "kind": "oom"} for n in range(501)]}, "invalid-batch"),
        ({"facts": "T14"}, "invalid-batch"),
        ({"day": "2026-02-01"}, "day-too-old"),
        ({"day": "2026-03-07"}, "day-in-future"),
    ],
)
def test_a_batch_that_says_not_whose_or_which_day_it_is_is_refused(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, changes: dict, expected: str
) -> None:
    answer = send(client, enrolled, factories.batch(enrolled) | changes)
    assert (answer.status_code, slug(answer)) == (422, expected)
    assert rows(store, raw_batch, enrolled) == []


@pytest.mark.parametrize("days", [-30, -1, 0, 1, 2])
def test_days_from_thirty_back_to_two_ahead_are_taken(
    client: FlaskClient, enrolled: EnrolledDevice, days: int
) -> None:
    day = TODAY + timedelta(days=days)
    assert send(client, enrolled, factories.batch(enrolled, day=day)).status_code == 200


def test_a_week_that_no_job_has_made_is_taken_too(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, clock
) -> None:
    clock.advance(weeks=20)
    batch = factories.batch(enrolled, day=clock().date(), summary=factories.summary())
    assert send(client, enrolled, batch).status_code == 200
    assert len(rows(store, device_day, enrolled)) == 1


@pytest.mark.parametrize("token", ["", "dexd_x"])
def test_nobody_but_an_enrolled_laptop_may_send(
    client: FlaskClient, enrolled: EnrolledDevice, token: str
) -> None:
    call = factories.sending(enrolled, factories.packed(factories.batch(enrolled)))
    call["headers"]["Authorization"] = f"Bearer {token}"
    answer = client.post("/api/v1/batches", **call)
    assert (answer.status_code, slug(answer)) == (401, "unauthorized")


def test_a_copied_disk_is_noticed_and_its_laptop_becomes_its_own(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice
) -> None:
    send(client, enrolled, factories.batch(enrolled, seq=7))
    refused = send(client, enrolled, factories.batch(enrolled, seq=7))
    assert (refused.status_code, slug(refused)) == (409, "install-cloned")
    copy = client.post("/api/v1/enroll", json={"install_id": str(uuid4())}, headers=enrolled.headers)
    assert copy.status_code == 201
    assert copy.json["device_id"] != str(enrolled.device_id)
    assert send(client, enrolled, factories.batch(enrolled, seq=8)).status_code == 200
