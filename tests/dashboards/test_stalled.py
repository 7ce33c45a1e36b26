"""Senders that never come to an end take no thread from those that do."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import factories
import pytest
import requests
from collector_process import Collector
from slow_senders import HEAD, Dripper

from dashboards.serve import THREADS
from dashboards.stalled import close_stalled
from server.clock import utc_now
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.reading import TooManyBodies

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
