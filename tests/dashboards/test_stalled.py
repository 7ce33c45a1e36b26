"""Senders that never come to an end take no thread from those that do."""

import errno
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import factories
import pytest
import requests
import structlog
from collector_process import Collector
from slow_senders import HEAD, Dripper

from dashboards import stalled
from dashboards.serve import THREADS
from dashboards.stalled import MOST_OF_ONE, Watch, crowds
from server.clock import utc_now
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.web.reading import TooManyBodies

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when something was sent")

IMPATIENT = """
import sys
from pathlib import Path
from dashboards import serve, stalled
from dashboards.listen import Listen
stalled.STALLED_SECONDS = stalled.PRESSED_SECONDS = 1.5
stalled.LOOK_SECONDS = 0.2
serve.serve(Path(sys.argv[-3]), Listen(sys.argv[-2], int(sys.argv[-1])))
"""


@pytest.fixture
def impatient(tmp_path: Path, sqlite_url: str) -> Iterator[Collector]:
    collector = Collector(tmp_path, sqlite_url, inside=[sys.executable, "-c", IMPATIENT])
    collector.start()
    yield collector
    collector.kill()


@pytest.mark.parametrize(
    "head",
    [
        HEAD % b"enroll" + b"Content-Length: 9999\r\n\r\n",
        HEAD % b"pulse/answers" + b"Transfer-Encoding: chunked\r\n\r\n270f\r\n",
    ],
    ids=["length", "chunked"],
)
def test_more_drippers_than_threads_are_cut_off_and_laptops_are_served(
    impatient: Collector, head: bytes
) -> None:
    store = Store(impatient.database_url)
    today = utc_now().date()
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", today)
        laptop = factories.enrol_device(session, org.org_id, today)
    drippers = [Dripper(impatient.port, head) for _ in range(THREADS + 6)]
    with ExitStack() as ending:
        for dripper in drippers:
            ending.callback(dripper.stop)
            dripper.start()
        call = factories.sending(laptop, factories.packed(factories.batch(laptop, 1, today)))
        assert deliver(impatient.address + "/api/v1/batches", call) == 200
        for dripper in drippers:
            assert dripper.cut_off.wait(20)
    store.close()


def deliver(address: str, call: dict) -> int:
    """As a laptop does: who had to wait behind all of them may be cut off or sent away, and comes again."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            status = requests.post(address, timeout=10, **call).status_code
            if status != TooManyBodies.status:
                return status
        time.sleep(0.1)
    raise AssertionError("nobody was cut off")


@contextmanager
def connections(count: int, address: str = "127.0.0.1") -> Iterator[tuple[list, list]]:
    """Those of clients, and the same as they were accepted."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server((address, 0)))
        clients, accepted = [], []
        for _ in range(count):
            clients.append(opened.enter_context(socket.create_connection(listener.getsockname())))
            accepted.append(opened.enter_context(listener.accept()[0]))
        yield clients, accepted


def test_only_accepted_connections_without_an_answer_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "STALLED_SECONDS", 0.3)
    with connections(2) as (clients, accepted):
        time.sleep(0.4)
        accepted[1].sendall(b"an answer")
        assert Watch(most=8, is_pressed=lambda: False).look() == 1
        assert clients[1].recv(20) == b"an answer"
        accepted[1].sendall(b"and more")
        assert clients[1].recv(20) == b"and more"
        assert clients[0].recv(20) == b""


def test_silence_is_borne_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "PRESSED_SECONDS", 0.1)
    with connections(7):
        time.sleep(0.2)
        assert Watch(most=16, is_pressed=lambda: False).look() == 0
        assert Watch(most=8, is_pressed=lambda: False).look() == 7
    with connections(1):
        time.sleep(0.2)
        assert Watch(most=8, is_pressed=lambda: True).look() == 1


class Ended(Exception):
    """Ends the looking."""


def test_a_look_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([OSError(errno.EMFILE, "Too many open files"), Ended()])

    def no_descriptors(_place: str) -> list[str]:
        raise next(looks)

    monkeypatch.setattr(stalled, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(stalled.os, "listdir", no_descriptors)
    with structlog.testing.capture_logs() as logs, pytest.raises(Ended):
        Watch(most=8, is_pressed=lambda: False)._keep_looking()
    assert [line["reason"] for line in logs] == ["Too many open files"]


@dataclass(frozen=True, eq=False)
class Seen:
    """A connection as the watch sees it."""

    peer: str
    silent: float


def test_a_crowd_of_one_address_loses_those_that_are_silent_longest() -> None:
    crowd = [Seen("192.0.2.7", silent=number / 10) for number in range(MOST_OF_ONE + 20)]
    beside = [Seen("192.0.2.8", silent=50.0) for _ in range(MOST_OF_ONE)]
    assert crowds([*beside, *reversed(crowd)]) == set(crowd[MOST_OF_ONE:])


def test_of_a_crowd_nobody_is_closed_who_was_just_answered_nor_this_machine() -> None:
    assert not crowds([Seen("192.0.2.7", silent=0.5) for _ in range(2 * MOST_OF_ONE)])
    for peer in ("127.0.0.1", "::1"):
        assert not crowds([Seen(peer, silent=50.0) for _ in range(2 * MOST_OF_ONE)])


def test_ipv4_that_comes_over_ipv6_is_the_same_address() -> None:
    with connections(1, "127.0.0.1"), stalled.accepted() as found:
        assert [each.peer for each in found] == ["127.0.0.1"]
    listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    client = socket.create_connection(("127.0.0.1", listener.getsockname()[1]))
    server = listener.accept()[0]
    with listener, client, server, stalled.accepted() as found:
        assert [each.peer for each in found] == ["127.0.0.1"]
