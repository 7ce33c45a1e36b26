"""The collector as laptops see it: over HTTP, by the contract."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec

from server.errors import UsageError

TIMEOUT_SECONDS = 30.0
_TROUBLE = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 0 where none came."""

    status: int
    document: dict[str, Any] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds that the collector asks to wait."""

    @property
    def slug(self) -> str:
        return str(self.document.get("type", "")).rpartition(":")[2]

    @property
    def reason(self) -> str:
        return f"{self.status} {self.slug}".strip() if self.status else "no answer"


class Door:
    """One connection, opened by the first request and closed by `close`."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def enrol(self, credential: str, asked: dict[str, Any]) -> Answer:
        return self._ask("POST", "/api/v1/enroll", credential, msgspec.json.encode(asked), "identity")

    def policy(self, token: str) -> Answer:
        return self._ask("GET", "/api/v1/policy", token, None)

    def post_batch(self, token: str, body: bytes) -> Answer:
        return self._ask("POST", "/api/v1/batches", token, body)

    def post_and_hang_up(self, token: str, body: bytes) -> None:
        """The answer is not waited for, as when a network breaks down."""
        try:
            self._send("POST", "/api/v1/batches", token, body)
        except _TROUBLE:
            pass
        finally:
            self.close()

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, token: str, body: bytes | None, coding: str = "gzip") -> Answer:
        try:
            self._send(method, path, token, body, coding)
            response = self._connection.getresponse()
            read = response.read()
        except _TROUBLE:
            self.close()
            return Answer(0)
        try:
            document = msgspec.json.decode(read, type=dict[str, Any])
        except msgspec.DecodeError:
            document = {}
        wait = response.headers.get("Retry-After", "")
        return Answer(response.status, document, float(wait) if wait.isdecimal() else 0.0)

    def _send(self, method: str, path: str, token: str, body: bytes | None, coding: str = "gzip") -> None:
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-Encoding": coding}
        self._connection.request(method, path, body, headers)


def door_maker(server: str) -> Callable[[], Door]:
    """Makes doors to the collector at this address. UsageError if it is none."""
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("http", "https") or parts.path not in ("", "/"):
        raise UsageError(f"“{server}” is not an address such as http://127.0.0.1:8765.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return lambda: Door(kind(host, port, timeout=TIMEOUT_SECONDS))
