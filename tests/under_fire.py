"""A real collector for everything that is thrown at it, and a way to throw bytes."""

import json
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import factories
import psutil
from collector_process import Collector

from server.clock import utc_now
from server.interface.explained import problem_types

ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 if the connection was closed without an answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def problem(self) -> str:
        """Its problem type, or nothing. Fails for a problem that is not as it should be."""
        if self.headers.get("content-type") != "application/problem+json":
            return ""
        document = json.loads(self.body)
        explained = {each.uri: each for each in problem_types().values()}[document["type"]]
        assert document["status"] == self.status == explained.status
        assert document["title"]
        assert document["detail"]
        return explained.slug


@dataclass
class Target:
    """A collector under fire, a laptop that it knows and a key that lets in more."""

    collector: Collector
    laptop: factories.EnrolledDevice
    key: str

    def throw(self, data: bytes, more: Iterable[bytes] = ()) -> Answer:
        """Send bytes on a connection of their own, more while they are taken, and wait for the answer."""
        with socket.create_connection(
            ("127.0.0.1", self.collector.port), timeout=ANSWER_SECONDS
        ) as connection:
            with suppress(ConnectionError):
                connection.sendall(data)
                for piece in more:
                    connection.sendall(piece)
            return _answer(connection)

    def post(self, path: str, body: bytes, *headers: str, token: str | None = None) -> Answer:
        """A call with a right head and any body."""
        token = self.laptop.token if token is None else token
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if not any(header.lower().startswith("content-type") for header in headers):
            lines.append("Content-Type: application/json")
        return self.throw("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    def deliver(self, body: bytes, *headers: str) -> Answer:
        return self.post("/api/v1/batches", body, *headers)

    def batch(self, seq: int) -> bytes:
        """A right batch, packed."""
        return factories.packed(factories.batch(self.laptop, seq, utc_now().date() - timedelta(days=1)))

    def is_well(self) -> bool:
        """Whether a right batch is still taken."""
        answer = self.deliver(self.batch(time.monotonic_ns() // 1000), "Content-Encoding: gzip")
        return answer.status == 200 and json.loads(answer.body)["accepted"] is True

    @property
    def memory_mib(self) -> float:
        """Of all processes of the collector, resident."""
        main = psutil.Process(self.collector.pid)
        return sum(each.memory_info().rss for each in [main, *main.children(recursive=True)]) / 2**20


def _answer(connection: socket.socket) -> Answer:
    received = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first:
        return Answer(0)
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)
