"""HTTP with the collector. Imported in short-lived processes alone: `requests` costs 13 MiB."""

import json
import re
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests

from agent.answers import Answer
from agent.config import Config
from agent.errors import Unreachable
from agent.version import VERSION
from agent.words import said

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
ANSWER_BYTES = 4 * 1024 * 1024
RETRY_AFTER_MOST = 24 * 3600.0
TRUST_STORES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS
)


class Transport:
    """Calls to one collector. Each returns its Answer or raises Unreachable."""

    def __init__(self, config: Config, wall: Callable[[], float] = time.time) -> None:
        self.server = config.server
        self._wall = wall
        self._verify = config.ca_file or trust_store()
        self._proxies = {"http": config.proxy, "https": config.proxy} if config.proxy else None
        self._session = requests.Session()
        self._session.headers = {"User-Agent": f"dex-agent/{VERSION}", "Accept": "application/json"}
        self._session.auth = as_given

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
        try:
            # `verify` goes with every request: REQUESTS_CA_BUNDLE would silently override the session's.
            with self._session.request(
                method,
                self.server + path,
                headers=dict(headers),
                data=body,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                verify=self._verify,
                proxies=self._proxies,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _answer(response, (began + self._wall()) / 2)
        except (requests.RequestException, UnicodeError) as error:
            raise Unreachable(why_unreachable(self.server, error)) from error


def as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without an authentication of its own, `requests` would put the user's ~/.netrc in the token's place."""
    return request


def trust_store() -> str | bool:
    """The system's certificates; those that come with `requests` where the system's are not found."""
    named = ssl.get_default_verify_paths().cafile
    return next((path for path in (named, *TRUST_STORES) if path and Path(path).is_file()), True)


def why_unreachable(server: str, error: Exception) -> str:
    """What went wrong on the way, without the library's names."""
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return said(f"{server} has a certificate that is not trusted ({_last_words(text)}).")
    if isinstance(error, requests.exceptions.ProxyError):
        return said(f"{server} cannot be reached through the proxy.")
    if isinstance(error, requests.exceptions.Timeout):
        return said(f"{server} did not answer in time.")
    if "NameResolutionError" in text or "Name or service not known" in text:
        return said(f"{server} is a name that is not known in this network.")
    if isinstance(error, requests.exceptions.ConnectionError):
        return said(f"{server} cannot be reached ({_last_words(text)}).")
    return said(f"{server} did not answer as a web server does.")


def _last_words(text: str) -> str:
    last = text.rstrip("'\")( ").rsplit(": ", 1)[-1].strip("'\" ")
    return re.sub(r"^\[Errno -?\d+\] ", "", last) or said("no reason given")


def _answer(response: requests.Response, at: float) -> Answer:
    media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    document = _document(response) if media.endswith("json") else {}
    known = bool(document) or response.status_code == 304
    return Answer(
        status=response.status_code,
        media=media,
        document=document,
        etag=response.headers.get("ETag", ""),
        retry_after=_retry_after(response.headers.get("Retry-After", ""), at),
        clock_offset=_ahead(response.headers.get("Date", ""), at) if known else None,
    )


def _document(response: requests.Response) -> dict[str, Any]:
    """The answer's JSON object, read up to ANSWER_BYTES; empty for anything else."""
    try:
        found = json.loads(response.raw.read(ANSWER_BYTES, decode_content=True))
    except (ValueError, OSError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _ahead(date: str, at: float) -> float | None:
    """Seconds the server's clock is ahead of ours."""
    try:
        return parsedate_to_datetime(date).timestamp() - at
    except (ValueError, TypeError):
        return None


def _retry_after(value: str, at: float) -> float | None:
    """Seconds to wait, given as such or as a date."""
    seconds = float(value) if value.strip().isdigit() else _ahead(value, at)
    return None if seconds is None else min(max(seconds, 0.0), RETRY_AFTER_MOST)
