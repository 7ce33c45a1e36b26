"""What the agent says to the collector, and what came back. Imported in short-lived processes alone."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from agent.config import Config
from agent.sending.answers import Answer
from agent.system.calls import Caller, Reply
from agent.system.proxies import shown
from agent.version import VERSION

RETRY_AFTER_MOST = 24 * 3600.0
YEARS = range(2024, 2100)
"""Years that a collector's Date may be in; another one tells nothing about this laptop's clock."""


class Transport:
    """Calls to one collector. Each returns its Answer or raises Unreachable."""

    def __init__(self, config: Config, wall: Callable[[], float] = time.time) -> None:
        self.server = config.server
        self._wall = wall
        self._caller = Caller(config)
        self._session = self._caller.session()
        self._session.headers.update({"User-Agent": f"dex-agent/{VERSION}", "Accept": "application/json"})

    @property
    def proxy(self) -> str:
        """Host and port of the proxy on the way; empty for none. Unreachable: it cannot be used."""
        return shown(self._caller.proxy())

    def enroll(self, credential: str, asked: Mapping[str, Any]) -> Answer:
        headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        return self._call("POST", "/api/v1/enroll", headers, json.dumps(asked).encode())

    def post_batch(self, token: str, body: bytes) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        return self._call("POST", "/api/v1/batches", headers, body)

    def get_policy(self, token: str, etag: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} | ({"If-None-Match": etag} if etag else {})
        return self._call("GET", "/api/v1/policy", headers)

    def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        began = self._wall()
        reply = self._caller.call(self._session, method, path, headers, body)
        return _answer(reply, (began + self._wall()) / 2)


def _answer(reply: Reply, at: float) -> Answer:
    headers = reply.headers
    return Answer(
        status=reply.status,
        media=reply.media,
        document=_document(reply.body) if reply.media.endswith("json") else {},
        etag=headers.get("ETag", ""),
        retry_after=_retry_after(headers.get("Retry-After", ""), at),
        clock_offset=_ahead(headers.get("Date", ""), at),
    )


def _document(body: bytes) -> dict[str, Any]:
    """The answer's JSON object; empty for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _ahead(date: str, at: float) -> float | None:
    """Seconds the server's clock is ahead of ours."""
    try:
        told = parsedate_to_datetime(date)
        if told.tzinfo is None:
            told = told.replace(tzinfo=UTC)
        return told.timestamp() - at if told.year in YEARS else None
    except (ValueError, TypeError, OverflowError):
        return None


def _retry_after(value: str, at: float) -> float | None:
    """Seconds to wait, given as such or as a date."""
    plain = value.strip()
    seconds = float(plain) if plain.isascii() and plain.isdigit() else _ahead(value, at)
    return None if seconds is None else min(max(seconds, 0.0), RETRY_AFTER_MOST)
