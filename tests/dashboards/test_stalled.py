"""Senders that never come to an end take no thread from those that do."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import factories
import pytest
import requests
from collector_process import Collector

from dashboards.serve import THREADS
from dashboards.stalled import close_stalled
from server.clock import utc_now
from server.db import Store
from server.people.organisations import MAIN, create_organisation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when something was sent")

IMPATIENT = """
import sys
from pathlib import Path
from dashboards import serve, stalled
from dashboards.listen import Listen
stalled.STALLED_SECONDS, stalled.LOOK_SECONDS = 1.5, 0.2
serve.serve(Path(sys.argv[-3]), Listen(sys.argv[-2], int(sys.argv[-1])))
"""

HEAD = b"POST /api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


class Dripper(threading.Thread):
    """Begins a long request and sends a byte of it now and then, until it is cut off."""

    def __init__(self, port: int, head: bytes) -> None:
        super().__init__(daemon=True)
        self.cut_off = threading.Event()
        self._connection = socket.create_connection(("127.0.0.1", port))
        self._connection.sendall(head)
        self._ended = False

    def run(self) -> None:
        self._connection.settimeout(0.3)
        with closing(self._connection), suppress(ConnectionError):
            while not self._ended:
                self._connection.sendall(b" ")
                with suppress(TimeoutError):
                    if not self._connection.recv(4096):
                        break
        self.cut_off.set()

    def stop(self) -> None:
        self._ended = True
        self.join(5)


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
    """As a laptop does: who had to wait behind all of them may be cut off too, and comes again."""
    deadline = time.monotonic() + 15
    while True:
        try:
            return requests.post(address, timeout=10, **call).status_code
        except requests.ConnectionError:
            assert time.monotonic() < deadline


def test_only_accepted_connections_without_an_answer_are_closed() -> None:
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        clients, accepted = [], []
        for _ in range(2):
            clients.append(opened.enter_context(socket.create_connection(listener.getsockname())))
            accepted.append(opened.enter_context(listener.accept()[0]))
        time.sleep(0.4)
        accepted[1].sendall(b"an answer")
        assert close_stalled(0.3) == 1
        assert clients[1].recv(20) == b"an answer"
        accepted[1].sendall(b"and more")
        assert clients[1].recv(20) == b"and more"
        assert clients[0].recv(20) == b""
