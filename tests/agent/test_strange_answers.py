"""Answers of others than the collector, and of one in trouble: bounded, said in a sentence, nothing lost."""

import gzip
import io
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from recording_collector import RecordingCollector, problem
from service_servers import Server, read_head

from agent.config import Config
from agent.errors import Unreachable
from agent.local_time import DAY
from agent.sending import revisions
from agent.sending.delivery import UNKNOWN_WAIT, deliver
from agent.sending.transport import Transport
from agent.service.status import status
from agent.showing.status_words import first_sentence
from agent.store import spool
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get_number
from agent.system import calls

Says = Callable[[Callable[[socket.socket], None]], Config]


@pytest.fixture
def says(agent_config: Config) -> Iterator[Says]:
    """A server that does this once it has read the head of a request."""
    begun: list[Server] = []

    def start(answer: Callable[[socket.socket], None]) -> Config:
        def talk(connection: socket.socket) -> None:
            read_head(connection)
            answer(connection)

        begun.append(Server(talk))
        return replace(agent_config, server=f"http://127.0.0.1:{begun[-1].port}")

    yield start
    for one in begun:
        one.close()


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *lines, "", ""]).encode()


def due(store: LocalStore) -> None:
    """A day's summary wants to leave."""
    with store.transaction() as db:
        revisions.make_all_due(db, time.time())


PORTALS: list[tuple[int, Any, dict[str, str]]] = [
    (200, {}, {}),
    (200, {"status": "login", "url": "http://login.example/"}, {}),
    (200, {"accepted": True}, {}),
    (200, "<html>Welcome</html>", {}),
    (204, "", {}),
    (302, "<html>Sign in</html>", {"Location": "http://login.example/"}),
    (400, "<html>Bad request</html>", {}),
    (422, {"error": "no"}, {}),
    (511, "<html>Network authentication required</html>", {}),
]


@pytest.mark.parametrize("answer", PORTALS, ids=lambda a: f"{a[0]} {str(a[1])[:20]}")
def test_a_portal_neither_takes_a_batch_nor_sets_the_clock(
    answer: tuple[int, Any, dict[str, str]],
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
) -> None:
    due(local_store)
    recording.answer = lambda path, content: answer if path.endswith("/batches") else None
    assert deliver(enrolled_config).trouble
    assert spool.count(local_store.db, spool.WAITING) == 1
    recording.date_offset = -5 * DAY
    recording.answer = lambda path, content: answer
    assert deliver(enrolled_config).trouble
    assert spool.count(local_store.db, spool.WAITING) == 1
    assert get_number(local_store.db, "clock_offset") == 0


def test_a_token_that_is_known_no_more_keeps_everything_and_asks_seldom(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    due(local_store)
    recording.answer = lambda path, content: problem(401, "unauthorized", "No laptop has this token.")
    deliver(enrolled_config)
    assert spool.count(local_store.db, spool.WAITING) == 1
    assert get_number(local_store.db, "send_not_before") >= time.time() + UNKNOWN_WAIT - 5
    found = status(enrolled_config, load_identity(enrolled_config.identity_path), local_store.db)
    assert "enrol it again" in first_sentence(found)


def test_a_server_that_falls_silent_within_its_answer(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "READ_SECONDS", 0.2)

    def hang(connection: socket.socket) -> None:
        connection.sendall(head("Content-Length: 100") + b'{"agreement"')
        connection.recv(1)

    with pytest.raises(Unreachable, match="did not answer in time"):
        Transport(says(hang)).get_policy("dexd_0", "")


def test_a_server_that_drips_its_answer(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the answer never ends."""
    monkeypatch.setattr(calls, "ANSWER_SECONDS", 0.4)

    def drip(connection: socket.socket) -> None:
        connection.sendall(head("Content-Length: 100000"))
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer in time"):
        Transport(says(drip)).get_policy("dexd_0", "")
    assert time.monotonic() - began < 3


def test_an_answer_that_is_cut_off(says: Says) -> None:
    config = says(lambda connection: connection.sendall(head("Content-Length: 100") + b'{"agreement": {'))
    with pytest.raises(Unreachable, match=r"cannot be reached|did not answer"):
        Transport(config).get_policy("dexd_0", "")


@pytest.mark.parametrize("told", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\0" * 100_000])
def test_whoever_speaks_no_http(says: Says, told: bytes) -> None:
    with pytest.raises(Unreachable, match=r"cannot be reached|did not answer"):
        Transport(says(lambda connection: connection.sendall(told))).get_policy("dexd_0", "")


def test_endless_headers_end(says: Says) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(head(*(f"X-{n}: {'x' * 1000}" for n in range(10_000))))

    with pytest.raises(Unreachable):
        Transport(says(flood)).get_policy("dexd_0", "")


def test_a_compressed_answer_is_not_unpacked(says: Says) -> None:
    """None was asked for, and 60 KB of it would be 64 MiB."""
    bomb = gzip.compress(b'{"a": "' + b"x" * (64 * 1024 * 1024) + b'"}')
    lines = ("Content-Encoding: gzip", f"Content-Length: {len(bomb)}")
    config = says(lambda connection: connection.sendall(head(*lines) + bomb))
    transport = Transport(config)
    tracemalloc.start()
    try:
        assert transport.get_policy("dexd_0", "").document == {}
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_an_answer_in_chunks_is_read(says: Says) -> None:
    chunks = b'7\r\n{"agree\r\n8\r\nment":1}\r\n0\r\n\r\n'
    config = says(lambda connection: connection.sendall(head("Transfer-Encoding: chunked") + chunks))
    assert Transport(config).get_policy("dexd_0", "").document == {"agreement": 1}


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 99 Foo 2026 77:00:00 GMT",
        "\xb2",
    ],
)
def test_a_date_that_no_collector_has_says_nothing(says: Says, date: str) -> None:
    body = head(f"Date: {date}", "Content-Length: 15").decode().encode("latin-1") + b'{"agreement":1}'
    answer = Transport(says(lambda connection: connection.sendall(body))).get_policy("dexd_0", "")
    assert answer.document == {"agreement": 1}
    assert answer.clock_offset is None


def test_a_date_without_a_zone_is_greenwichs(says: Says) -> None:
    now = time.time()
    date = time.strftime("%a, %d %b %Y %H:%M:%S -0000", time.gmtime(now))
    body = head(f"Date: {date}", "Content-Length: 15") + b'{"agreement":1}'
    answer = Transport(says(lambda connection: connection.sendall(body))).get_policy("dexd_0", "")
    assert answer.clock_offset == pytest.approx(0, abs=3)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("9" * 400, 86400),
        ("-5", None),
        ("\xb2", None),
        ("soon", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_bounded(says: Says, value: str, seconds: float | None) -> None:
    body = head(f"Retry-After: {value}", "Content-Length: 2").decode().encode("latin-1") + b"{}"
    answer = Transport(says(lambda connection: connection.sendall(body))).get_policy("dexd_0", "")
    assert answer.retry_after == seconds


def test_an_older_urllib3_gives_what_is_there_too():
    """Its answer has no way of its own to read what has come so far."""

    class OlderAnswer:
        _fp = io.BytesIO(b"some of it")

    assert calls._read_what_is_there(OlderAnswer())(4) == b"some"
