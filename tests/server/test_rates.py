"""Who knocks too often is sent away, for a while, alone; and what was acknowledged before is kept."""

import dataclasses
import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import factories
import pytest
import requests
from collector_process import Collector
from factories import EnrolledDevice
from flask import Flask
from flask.testing import FlaskClient

from server import create_app
from server.clock import utc_now
from server.config import BACKLOG_PACE_DEFAULT, Settings
from server.db import Store
from server.errors import TryLater, UsageError
from server.ingest.models import raw_batch
from server.people.organisations import MAIN, create_organisation
from server.web import rates
from server.web.rates import (
    BURST_SECONDS,
    RETRY_MOST,
    RETRY_SECONDS,
    RETRY_SPREAD,
    RETURNS_PER_SECOND,
    Line,
    Rate,
    at_once,
)

PER_SECOND = 0.02
BURST = int(BURST_SECONDS * PER_SECOND) + 1
OFFICE, HOME = "203.0.113.9", "198.51.100.7"


class Watch:
    """Stands in for the time that only goes on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(rates, "time", made)
    return made


def app_with(settings: Settings, store: Store, clock, **limits: float) -> Flask:
    return create_app(dataclasses.replace(settings, **limits), store, clock)


def ask(client: FlaskClient, device: EnrolledDevice | None, address: str = HOME, **headers: str):
    more = headers | (device.headers if device else {"Authorization": "Bearer nothing"})
    return client.get("/api/v1/policy", headers=more, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_laptop_that_sends_too_much_waits_and_the_others_do_not(
    settings, store, clock, org, enrolled, watch
) -> None:
    client = app_with(settings, store, clock, device_rate=PER_SECOND).test_client()
    assert [ask(client, enrolled).status_code for _ in range(BURST)] == [200] * BURST
    refused = ask(client, enrolled)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (429, "too-many-requests")
    wait = int(refused.headers["Retry-After"])
    assert RETRY_SECONDS <= wait < 1 / PER_SECOND + RETRY_SPREAD
    with store.transaction() as session:
        other = factories.enrol_device(session, org.org_id, clock().date())
    assert ask(client, other).status_code == 200
    watch.now += 1 / PER_SECOND
    assert [ask(client, enrolled).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_address_whose_requests_are_refused_is_sent_away_whatever_it_asks(
    settings, store, clock, enrolled, watch
) -> None:
    client = app_with(settings, store, clock, address_rate=PER_SECOND).test_client()
    for _ in range(2 * BURST):
        assert ask(client, enrolled, OFFICE).status_code == 200, "good requests are not counted by address"
    assert [ask(client, None, OFFICE).status_code for _ in range(BURST + 1)] == [401] * BURST + [429]
    assert ask(client, enrolled, OFFICE).status_code == 429
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": OFFICE}).status_code == 200
    assert ask(client, enrolled, HOME).status_code == 200
    watch.now += 1 / PER_SECOND
    assert ask(client, enrolled, OFFICE).status_code == 200


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_this_machine_is_not_measured_as_an_address(settings, store, clock, watch) -> None:
    client = app_with(settings, store, clock, address_rate=PER_SECOND).test_client()
    assert {ask(client, None, "127.0.0.1").status_code for _ in range(2 * BURST)} == {401}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("proxies", [0, 1])
def test_behind_a_named_proxy_each_sender_counts_alone_and_cannot_pose_as_another(
    settings, store, clock, enrolled, watch, proxies: int
) -> None:
    client = app_with(settings, store, clock, address_rate=PER_SECOND, proxies=proxies).test_client()
    for number in range(BURST):  # the sender writes what it likes, the proxy adds where it came from
        ask(client, None, "192.0.2.1", **{"X-Forwarded-For": f"10.0.0.{number}, {OFFICE}"})
    from_home = {"X-Forwarded-For": HOME}
    assert ask(client, None, "192.0.2.1", **{"X-Forwarded-For": OFFICE}).status_code == 429
    assert ask(client, enrolled, "192.0.2.1", **from_home).status_code == (200 if proxies else 429)


def test_one_site_of_ipv6_is_one_sender(settings, sqlite_store, clock, watch) -> None:
    client = app_with(settings, sqlite_store, clock, address_rate=PER_SECOND).test_client()
    for number in range(BURST):
        assert ask(client, None, f"2001:db8:1:2::{number}").status_code == 401
    assert ask(client, None, "2001:db8:1:2:ffff::1").status_code == 429
    assert ask(client, None, "2001:db8:1:3::1").status_code == 401


def test_no_way_of_sending_gets_more_than_the_burst_and_the_rate() -> None:
    dice = random.Random(5)
    for per_second in (0.1, 2.0, 50.0):
        rate, now, taken, begun = Rate(per_second), 10.0, 0, 10.0
        for _ in range(3000):
            now += dice.choice([0.0, 0.0, 0.001, 1 / per_second, 3.0])
            wait = rate.take("one", now)
            taken += not wait
            assert taken <= per_second * (BURST_SECONDS + now - begun) + 1 + 1e-6
        assert taken >= min(3000, per_second * BURST_SECONDS)


def test_who_is_sent_away_for_want_of_room_returns_in_turn() -> None:
    line, now = Line(), 50.0
    fleet = [now + line.wait(RETRY_SECONDS + number % RETRY_SPREAD, now) for number in range(50_000)]
    by_second = Counter(int(moment) for moment in fleet)
    assert max(by_second.values()) <= 2 * RETURNS_PER_SECOND
    assert max(fleet) - now < 50_000 / RETURNS_PER_SECOND + RETRY_SECONDS + 1
    assert line.wait(40.0, now + RETRY_MOST) == 40.0, "the line is empty again"


def test_nobody_is_sent_away_for_longer_than_an_hour() -> None:
    line = Line()
    assert max(line.wait(RETRY_SECONDS, 50.0) for _ in range(500_000)) == RETRY_MOST


def test_a_flood_of_senders_does_not_fill_the_memory() -> None:
    rate = Rate(2.0, most_senders=100)
    for number in range(10_000):
        rate.take(number, number / 1000)
    assert len(rate._used_until) <= 101


def test_of_what_a_whole_fleet_asks_at_once_only_a_few_are_answered_at_the_same_time() -> None:
    begun, go = threading.Semaphore(0), threading.Event()

    @at_once(2)
    def answer() -> str:
        begun.release()
        assert go.wait(30)
        return "done"

    with ThreadPoolExecutor() as pool:
        first = [pool.submit(answer) for _ in range(2)]
        assert all(begun.acquire(timeout=30) for _ in first)
        with pytest.raises(TryLater) as refused:
            answer()
        go.set()
        assert [call.result(30) for call in first] == ["done"] * 2
    assert RETRY_SECONDS <= int(refused.value.headers["Retry-After"]) < RETRY_SECONDS + RETRY_SPREAD
    assert answer() == "done", "there is room again"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_laptops_hear_at_which_pace_a_backlog_may_leave(settings, store, clock, enrolled) -> None:
    assert ask(app_with(settings, store, clock).test_client(), enrolled).json["backlog"] == {
        "batches_per_minute": BACKLOG_PACE_DEFAULT
    }
    slow = app_with(settings, store, clock, backlog_pace=2.0).test_client()
    assert ask(slow, enrolled).json["backlog"] == {"batches_per_minute": 2.0}


@pytest.mark.parametrize("text", ["0", "601", "fast"])
def test_a_pace_beyond_what_agents_keep_to_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="DEX_BACKLOG_PACE"):
        Settings.load(tmp_path, {"DEX_BACKLOG_PACE": text})


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf"])
def test_a_setting_that_is_no_number_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="DEX_DEVICE_RATE"):
        Settings.load(tmp_path, {"DEX_DEVICE_RATE": text})


def test_a_flooding_laptop_over_http_loses_nothing_that_was_acknowledged(
    tmp_path: Path, sqlite_url: str
) -> None:
    store = Store(sqlite_url)
    today = utc_now().date()
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", today)
        flooding, quiet = (factories.enrol_device(session, org.org_id, today) for _ in range(2))
    with Collector(tmp_path, sqlite_url, more={"DEX_DEVICE_RATE": str(PER_SECOND)}) as collector:
        collector.start()
        acknowledged = {s for s, status in enumerate(send(collector, flooding, 3 * BURST)) if status == 200}
        assert len(acknowledged) == BURST
        assert send(collector, quiet, 1) == [200]
    with store.reading() as session:
        kept = session.query(raw_batch.c.seq).where(
            raw_batch.c.org_id == org.org_id, raw_batch.c.device_id == flooding.device_id
        )
        assert {row.seq for row in kept} == acknowledged
    store.close()


def send(collector: Collector, device: EnrolledDevice, batches: int) -> list[int]:
    """Statuses of so many batches, one after the other."""
    statuses = []
    for seq in range(batches):
        content = factories.batch(device, seq, utc_now().date(), events=[factories.event()])
        content["batch_id"] = str(uuid.uuid4())
        call = factories.sending(device, factories.packed(content))
        statuses.append(requests.post(collector.address + "/api/v1/batches", timeout=10, **call).status_code)
    return statuses
