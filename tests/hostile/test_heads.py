"""Requests that are no good HTTP, and HTTP that is no good request.

They are refused by the server that reads them, with an empty answer, or by us, with a problem. There is no
fault, and no room for a second request inside the first.
"""

import os
import socket
from itertools import repeat

import pytest
from under_fire import Target

LINE = b"GET /healthz HTTP/1.1\r\n"
HOST = b"Host: 127.0.0.1\r\n"
END = b"Connection: close\r\n\r\n"
POST = b"POST /api/v1/batches HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
INNER = b"GET /healthz HTTP/1.1\r\n" + HOST + END

TOO_LONG = (0, 414, 431)
"""By what was read of it when it was too much; a sender that does not stop may find the connection closed."""

BY_THE_SERVER: dict[str, tuple[bytes, int | tuple[int, ...]]] = {
    "HTTP/0.9": (b"GET /healthz\r\n", 400),
    "HTTP/2 at once": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0),
    "TLS": (bytes.fromhex("16030100050100000100"), 400),
    "noise": (b"\x00" + os.urandom(5000), 400),
    "a version of its own": (b"GET /healthz HTTP/7.3\r\n" + HOST + END, 400),
    "an address of 65,600 bytes": (b"GET /" + b"a" * 65_600 + b" HTTP/1.1\r\n" + HOST + END, TOO_LONG),
    "an address of a megabyte": (b"GET /" + b"a" * 2**20 + b" HTTP/1.1\r\n" + HOST + END, TOO_LONG),
    "an address in Latin-1": (b"GET /\xff HTTP/1.1\r\n" + HOST + END, 400),
    "a space in the address": (b"GET /a b HTTP/1.1\r\n" + HOST + END, 400),
    "1,000 headers": (LINE + HOST + b"".join(b"X-%d: 1\r\n" % each for each in range(1000)) + END, TOO_LONG),
    "a head of 200,000 bytes": (LINE + HOST + b"X: " + b"a" * 200_000 + b"\r\n" + END, TOO_LONG),
    "a header of a megabyte": (LINE + HOST + b"X: " + b"a" * 2**20 + b"\r\n" + END, TOO_LONG),
    "a NUL in a header": (LINE + HOST + b"X: \x00\r\n" + END, 400),
    "a header over two lines": (LINE + HOST + b"X: a\r\n b\r\n" + END, 400),
    "a space before the colon": (LINE + HOST + b"X : a\r\n" + END, 400),
    "a header without a colon": (LINE + HOST + b"X\r\n" + END, 400),
    "no letters in the method": (b"G@T /healthz HTTP/1.1\r\n" + HOST + END, 400),
    "a negative length": (POST + b"Content-Length: -1\r\n" + END + b"abcde", 400),
    "a length that is no number": (POST + b"Content-Length: 1e3\r\n" + END + b"abcde", 400),
    "two lengths": (POST + b"Content-Length: 4\r\nContent-Length: 5\r\n" + END + b"abcde", 400),
    "a length beyond all": (POST + b"Content-Length: 99999999999999999999\r\n" + END, 400),
    "an encoding nobody knows": (POST + b"Transfer-Encoding: xchunked\r\n" + END + b"0\r\n\r\n", 400),
    "chunked that is not last": (POST + b"Transfer-Encoding: chunked, gzip\r\n" + END + b"0\r\n\r\n", 400),
    "chunked in HTTP/1.0": (
        POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n",
        400,
    ),
}


@pytest.mark.parametrize("name", BY_THE_SERVER)
def test_what_is_no_http_gets_an_empty_answer(target: Target, name: str) -> None:
    data, status = BY_THE_SERVER[name]
    answer = target.throw(data)
    assert answer.status in (status if isinstance(status, tuple) else (status,))
    assert answer.body == b""


BY_US: dict[str, tuple[bytes, str]] = {
    "no host": (b"GET /api/v1/policy HTTP/1.1\r\n" + END, "unknown-host"),
    "two hosts": (b"GET /api/v1/policy HTTP/1.1\r\nHost: a.example\r\n" + HOST + END, "unknown-host"),
    "a host with a path": (b"GET /api/v1/policy HTTP/1.1\r\nHost: 127.0.0.1/x\r\n" + END, "unknown-host"),
    "another host": (b"GET /api/v1/policy HTTP/1.1\r\nHost: evil.example\r\n" + END, "unknown-host"),
    "another host, a batch": (POST.replace(b"127.0.0.1", b"evil.example") + END, "unknown-host"),
    "the address of another host": (
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n" + END,
        "unknown-host",
    ),
    "a NUL in the address": (b"GET /%00 HTTP/1.1\r\n" + HOST + END, "not-found"),
    "bad percents": (b"GET /%zz%f%ff%C0%80 HTTP/1.1\r\n" + HOST + END, "not-found"),
    "up and away": (b"GET /static/..%2f..%2fsetup.cfg HTTP/1.1\r\n" + HOST + END, "not-found"),
    "up and away, plainly": (b"GET /static/../../setup.cfg HTTP/1.1\r\n" + HOST + END, "not-found"),
    "50,000 bytes of address": (b"GET /" + b"a" * 50_000 + b" HTTP/1.1\r\n" + HOST + END, "not-found"),
    "TRACE": (b"TRACE /healthz HTTP/1.1\r\n" + HOST + END, "method-not-allowed"),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + END, "not-found"),
    "a method of its own": (b"BREW /healthz HTTP/1.1\r\n" + HOST + END, "method-not-allowed"),
    "small letters": (b"post /healthz HTTP/1.1\r\n" + HOST + END, "method-not-allowed"),
    "everything": (b"OPTIONS * HTTP/1.1\r\n" + HOST + END, "not-found"),
    "a token in Latin-1": (
        b"GET /api/v1/policy HTTP/1.1\r\n" + HOST + b"Authorization: Bearer \xff\xfe\r\n" + END,
        "unauthorized",
    ),
    "two tokens": (
        b"GET /api/v1/policy HTTP/1.1\r\n" + HOST + b"Authorization: Bearer a\r\n" * 2 + END,
        "unauthorized",
    ),
    "a token of 50,000 bytes": (
        b"GET /api/v1/policy HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + b"d" * 50_000 + b"\r\n" + END,
        "unauthorized",
    ),
    "25,000 cookies": (
        b"GET /api/v1/groups HTTP/1.1\r\n" + HOST + b"Cookie: dex_session=" + b"d;" * 25_000 + b"\r\n" + END,
        "unauthorized",
    ),
    "a proxy's header from nobody": (
        b"GET /metrics HTTP/1.1\r\n" + HOST + b"X-Forwarded-For: 127.0.0.1\r\n" + END,
        "unauthorized",
    ),
    "no body, no token": (POST + b"Content-Length: 0\r\n" + END, "unauthorized"),
    "a web socket": (
        b"GET /api/v1/policy HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade\r\nConnection: close\r\n\r\n",
        "bad-request",
    ),
}


@pytest.mark.parametrize("name", BY_US)
def test_what_is_http_gets_a_problem(target: Target, name: str) -> None:
    data, problem = BY_US[name]
    answer = target.throw(data)
    assert answer.problem == problem, answer


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        LINE + HOST * 2 + END,
    ],
    ids=["no host", "HTTP/1.0", "two hosts"],
)
def test_watchers_are_answered_however_they_ask(target: Target, head: bytes) -> None:
    assert target.throw(head).body == b"ok\n"


def authorised(target: Target) -> bytes:
    return POST + f"Authorization: Bearer {target.laptop.token}\r\n".encode()


@pytest.mark.parametrize(
    "name", ["length and chunks", "chunks and length", "a short length", "a wrong chunk"]
)
def test_a_request_cannot_hide_in_the_body_of_another(target: Target, name: str) -> None:
    """Two answers would mean that a proxy before us and we do not agree where a request ends."""
    chunked = b"Transfer-Encoding: chunked\r\n"
    sent = {
        "length and chunks": b"Content-Length: 4\r\n" + chunked + b"\r\n0\r\n\r\n" + INNER,
        "chunks and length": chunked + b"Content-Length: 400\r\n\r\n0\r\n\r\n" + INNER,
        "a short length": b"Content-Length: 2\r\nConnection: close\r\n\r\n{}" + INNER,
        "a wrong chunk": chunked + b"\r\nzz\r\n" + INNER,
    }
    received = target.throw(authorised(target) + sent[name])
    assert received.body.count(b"HTTP/1.1") == 0, received
    assert received.status in (400, 422)


def test_a_body_in_chunks_is_read_like_any_other(target: Target) -> None:
    batch = target.batch(1_000_001)
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, batch[at : at + 1]) for at in range(len(batch))) + b"0\r\n\r\n"
    head = b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" + END
    assert target.throw(authorised(target) + head + chunks).status == 200


@pytest.mark.parametrize("chunk", [b"10000\r\n" + b"a" * 65_536 + b"\r\n", b"1\r\na\r\n" * 4096])
def test_chunks_without_end_are_refused_at_the_limit(target: Target, chunk: bytes) -> None:
    before = target.memory_mib
    answer = target.throw(authorised(target) + b"Transfer-Encoding: chunked\r\n" + END, repeat(chunk, 400))
    assert answer.status in (0, 413), "closed while it sends, or told"
    assert target.memory_mib - before < 32


def test_a_length_that_lies_is_not_waited_for_when_the_sender_is_gone(target: Target) -> None:
    with socket.create_connection(("127.0.0.1", target.collector.port), timeout=10) as connection:
        connection.sendall(authorised(target) + b"Content-Length: 5000\r\n\r\n{")
        connection.shutdown(socket.SHUT_WR)
        assert b" 200 " not in connection.recv(4096)
    assert target.is_well()


def test_whoever_waits_to_be_asked_for_the_body_is_asked(target: Target) -> None:
    batch = target.batch(1_000_002)
    head = authorised(target) + b"Content-Encoding: gzip\r\nExpect: 100-continue\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", target.collector.port), timeout=10) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(batch))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(batch)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_requests_one_after_the_other_on_a_connection_are_answered_in_their_order(target: Target) -> None:
    ask = b"GET /nothing/%d HTTP/1.1\r\n" + HOST + b"\r\n"
    received = target.throw(b"".join(ask % each for each in range(50)) + INNER).body
    assert received.count(b"HTTP/1.1 404") == 49  # the first one is the answer whose body this is
    assert received.endswith(b"ok\n")


def test_after_all_of_it_batches_are_taken(target: Target) -> None:
    assert target.is_well()
