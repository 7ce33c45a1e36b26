"""HTTP of the pulse. Imported in short-lived processes alone, like `agent.sending.transport`.

Labels and tokens are fetched as this laptop. An answer goes out as nobody: over a connection of its own,
without credential, cookie or user agent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from urllib3.util import SKIP_HEADER

from agent.config import Config
from agent.errors import PROBLEM_MEDIA, PROBLEM_PREFIX
from agent.system import calls
from agent.version import VERSION

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `slug` is the last part of a problem's type if it is one of our collector."""

    status: int
    body: bytes
    slug: str = ""
    sentence: str = ""

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object in the body; empty for anything else."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Doors:
    """The three doors of the pulse at one collector. Each call raises Unreachable if nobody answers."""

    def __init__(self, config: Config, token: str) -> None:
        self._token = token
        self._caller = calls.Caller(config)

    def labels(self) -> Reply:
        """The published list, as bytes."""
        return self._call("GET", "/api/v1/pulse/labels", self._as_device())

    def tokens(self, asked: Mapping[str, Any]) -> Reply:
        headers = self._as_device() | {"Content-Type": JSON}
        return self._call("POST", "/api/v1/pulse/tokens", headers, json.dumps(asked).encode())

    def answer(self, body: bytes) -> Reply:
        """Hand in one anonymous message, exactly these bytes."""
        headers = {"User-Agent": SKIP_HEADER, "Content-Type": JSON, "Connection": "close"}
        return self._call("POST", "/api/v1/pulse/answers", headers, body)

    def _as_device(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"dex-agent/{VERSION}",
            "Accept": JSON,
        }

    def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        with self._caller.session() as session:  # nothing of one call is left for the next
            return _reply(self._caller.call(session, method, path, headers, body))


def _reply(found: calls.Reply) -> Reply:
    reply = Reply(found.status, found.body)
    kind = str(reply.document.get("type", ""))
    if found.media != PROBLEM_MEDIA or not kind.startswith(PROBLEM_PREFIX):
        return reply
    said = str(reply.document.get("detail", ""))
    return Reply(found.status, found.body, kind.removeprefix(PROBLEM_PREFIX), said)
