"""HTTP of the pulse. Imported in short-lived processes alone, like `agent.transport`.

Labels and tokens are fetched as this laptop. An answer goes out as nobody: over a connection of its own,
without credential, cookie or user agent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from agent.answers import PROBLEM_MEDIA, PROBLEM_PREFIX
from agent.config import Config
from agent.errors import Unreachable
from agent.transport import (
    ANSWER_BYTES,
    CONNECT_SECONDS,
    READ_SECONDS,
    as_given,
    trust_store,
    why_unreachable,
)
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
        self.config = config
        self._token = token
        self._verify = config.ca_file or trust_store()
        self._proxies = {"http": config.proxy, "https": config.proxy} if config.proxy else None

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
        try:
            with requests.Session() as session:  # nothing of one call is left for the next
                session.headers.clear()
                session.auth = as_given
                with session.request(
                    method,
                    self.config.server + path,
                    headers=dict(headers),
                    data=body,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    verify=self._verify,
                    proxies=self._proxies,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    return _reply(response)
        except (requests.RequestException, HTTPError, UnicodeError) as error:
            raise Unreachable(why_unreachable(self.config.server, error)) from error


def _reply(response: requests.Response) -> Reply:
    body = response.raw.read(ANSWER_BYTES, decode_content=True)
    reply = Reply(response.status_code, body)
    media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    kind = str(reply.document.get("type", ""))
    if media != PROBLEM_MEDIA or not kind.startswith(PROBLEM_PREFIX):
        return reply
    said = str(reply.document.get("detail", ""))
    return Reply(response.status_code, body, kind.removeprefix(PROBLEM_PREFIX), said)
