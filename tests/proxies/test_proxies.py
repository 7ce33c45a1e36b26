"""Laptops and people behind the real nginx and Caddy, with the files that we ship."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import factories
import pytest
import requests
import sqlalchemy as sa
from collector_process import Collector
from proxy_server import Caddy, Nginx, Proxy
from requests.adapters import HTTPAdapter

from server.access.roles import Grant, Role
from server.access.store import create_link
from server.db import Store
from server.ingest.models import raw_batch
from server.people.organisations import MAIN, create_organisation

CALLER = "127.0.0.9"
"""Where laptops of this test call from, so that they can be told from proxy and collectors."""
TODAY = datetime.now(UTC).date()
SLOW_RATE = "0.05"
"""Requests a second of one laptop: 15 at once, as five minutes' worth."""


class FromThere(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs, source_address=(CALLER, 0))


@dataclass
class Installation:
    """Two collectors behind a proxy."""

    store: Store
    laptop: factories.EnrolledDevice
    collectors: list[Collector]
    proxy: Proxy

    def caller(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a bundle of the system would come before ours
        session.verify = str(self.proxy.certificate)
        for scheme in ("https://", "http://"):
            session.mount(scheme, FromThere())
        return session

    def deliver(self, caller: requests.Session, seq: int) -> requests.Response:
        body = factories.packed(factories.batch(self.laptop, seq, TODAY, summary=factories.summary()))
        call = factories.sending(self.laptop, body)
        return caller.post(f"{self.proxy.https}/api/v1/batches", timeout=30, **call)

    def kept(self) -> int:
        query = sa.select(sa.func.count()).select_from(raw_batch)
        query = query.where(raw_batch.c.org_id == self.laptop.org_id)
        with self.store.reading() as session:
            return session.execute(query).scalar_one()


@pytest.fixture(params=[Nginx, Caddy])
def behind(request: pytest.FixtureRequest, pg_url: str, tmp_path: Path) -> Iterator[Installation]:
    store = Store(pg_url)
    with store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", TODAY).org_id
        laptop = factories.enrol_device(session, org_id, TODAY)
    folders = [tmp_path / name for name in ("one", "two", "proxy")]
    for folder in folders:
        folder.mkdir()
    more = {"DEX_PROXIES": "1", "DEX_PUBLIC_URL": "https://localhost", "DEX_DEVICE_RATE": SLOW_RATE}
    collectors = [Collector(folder, pg_url, more=more) for folder in folders[:2]]
    for collector in collectors:
        collector.begin()
    for collector in collectors:
        collector.wait_until_up()
    with request.param(folders[2], [collector.address for collector in collectors]) as proxy:
        yield Installation(store, laptop, collectors, proxy)
    for collector in collectors:
        collector.kill()
    store.close()


def test_laptops_and_people_reach_the_collectors_and_leave_no_trace(behind: Installation):
    caller = behind.caller()
    _a_batch_is_kept(behind, caller)
    _answers_of_the_collector_come_through(behind, caller)
    _what_is_far_too_large_ends_at_the_proxy(behind, caller)
    link = _people_sign_in(behind, caller)
    _what_is_for_operators_is_not_open(behind, caller)
    _http2_is_spoken(behind)
    _one_collector_is_enough(behind, caller)
    _without_any_laptops_are_told_to_come_back(behind, caller)
    written = behind.proxy.written()
    for secret in (CALLER, link, behind.laptop.token, str(behind.laptop.device_id), "/sign-in/", "/api/"):
        assert secret not in written


def _a_batch_is_kept(behind: Installation, caller: requests.Session) -> None:
    answer = behind.deliver(caller, 1)
    assert answer.status_code == 200, answer.text
    assert behind.kept() == 1
    given = {"X-Request-ID": "chosen-by-a-caller", "X-Forwarded-For": "198.51.100.7"}
    answer = caller.get(f"{behind.proxy.https}/api/v1/openapi.json", headers=given, timeout=30)
    assert len(answer.headers["X-Request-ID"]) >= 32


def _answers_of_the_collector_come_through(behind: Installation, caller: requests.Session) -> None:
    policy = f"{behind.proxy.https}/api/v1/policy"
    answers = [caller.get(policy, headers=behind.laptop.headers, timeout=30) for _ in range(45)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert _problem(refused) == "too-many-requests"
    assert int(refused.headers["Retry-After"]) >= 30
    form = {"Content-Type": "application/json"}
    enroll = f"{behind.proxy.https}/api/v1/enroll"
    large = caller.post(enroll, data=b"x" * 300_000, headers=form, timeout=30)
    assert (large.status_code, _problem(large)) == (413, "body-too-large")
    assert "instance" in large.json()


def _what_is_far_too_large_ends_at_the_proxy(behind: Installation, caller: requests.Session) -> None:
    form = {"Content-Type": "application/json"}
    large = caller.post(
        f"{behind.proxy.https}/api/v1/enroll", data=b"x" * 3_000_000, headers=form, timeout=30
    )
    assert (large.status_code, _problem(large)) == (413, "body-too-large")


def _people_sign_in(behind: Installation, caller: requests.Session) -> str:
    with behind.store.transaction() as session:
        grant = Grant(behind.laptop.org_id, Role.HR)
        link = create_link(session, grant, datetime.now(UTC), timedelta(hours=1))
    plain = caller.get(f"{behind.proxy.http}/sign-in/{link}", timeout=30, allow_redirects=False)
    assert plain.status_code in (301, 308)
    assert plain.headers["Location"].startswith("https://localhost")
    assert plain.headers["Location"].endswith(f"/sign-in/{link}")
    answer = caller.get(f"{behind.proxy.https}/sign-in/{link}", timeout=30)
    assert [step.url.startswith(behind.proxy.https) for step in answer.history] == [True] * 2
    assert answer.status_code == 200
    assert answer.url.startswith(f"{behind.proxy.https}/overview")
    assert "<html" in answer.text
    # Two of them would be none to a browser.
    assert answer.headers["Strict-Transport-Security"].count("max-age") == 1
    assert {cookie.secure for cookie in caller.cookies} == {True}
    caller.cookies.clear()
    return link


def _what_is_for_operators_is_not_open(behind: Installation, caller: requests.Session) -> None:
    for path in ("/metrics", "/metrics/released", "/readyz"):
        assert caller.get(behind.proxy.https + path, timeout=30).status_code == 404
    assert caller.get(f"{behind.proxy.https}/healthz", timeout=30).status_code == 200


def _http2_is_spoken(behind: Installation) -> None:
    context = ssl.create_default_context(cafile=behind.proxy.certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    port = int(behind.proxy.https.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), 10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as spoken,
    ):
        assert spoken.selected_alpn_protocol() == "h2"


def _one_collector_is_enough(behind: Installation, caller: requests.Session) -> None:
    behind.collectors[0].kill()
    answers = [caller.get(f"{behind.proxy.https}/healthz", timeout=30).status_code for _ in range(12)]
    assert answers == [200] * 12


def _without_any_laptops_are_told_to_come_back(behind: Installation, caller: requests.Session) -> None:
    behind.collectors[1].kill()
    answer = behind.deliver(caller, 2)
    assert (answer.status_code, _problem(answer)) == (503, "try-later")
    assert int(answer.headers["Retry-After"]) >= 30


def _problem(answer: requests.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.json()["type"].rpartition(":")[2]
