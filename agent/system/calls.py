"""One HTTP call to the collector: whom to trust, which proxy, how long, how much.

Imported in short-lived processes alone: `requests` costs 13 MiB.
"""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from agent.config import Config
from agent.errors import Unreachable, UsageError
from agent.language.words import said
from agent.system.proxies import proxy_for
from agent.system.trust import trusting_only, trusting_system

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
"""The longest silence within an answer."""
ANSWER_SECONDS = 60.0
"""For the whole body of an answer."""
ANSWER_BYTES = 4 * 1024 * 1024
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `body` is cut off at ANSWER_BYTES."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class Caller:
    """Calls the collector that the configuration names. UsageError: `ca_file` cannot be used."""

    def __init__(self, config: Config) -> None:
        self.server = config.server
        self._adapter = _Trusting(_context(config))
        self._config = config
        self._proxy: str | None = None

    def session(self) -> requests.Session:
        """Connections that are kept for a while. Nothing of this account's own settings is used: neither
        ~/.netrc in the token's place, nor REQUESTS_CA_BUNDLE in that of the system's certificates."""
        session = requests.Session()
        session.trust_env = False
        session.headers.clear()
        session.mount("https://", self._adapter)
        return session

    def call(
        self,
        session: requests.Session,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Reply:
        """Raises Unreachable with a sentence. A redirect is an answer: it would carry the token elsewhere."""
        proxy = self.proxy()
        try:
            with session.request(
                method,
                self.server + path,
                headers=dict(headers),
                data=body,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                proxies={"http": proxy, "https": proxy} if proxy else {},
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code == requests.codes.proxy_authentication_required:
                    raise Unreachable(_proxy_wants_name(self.server))
                return Reply(response.status_code, response.headers, b"".join(self._pieces(response)))
        except (requests.RequestException, HTTPError, HTTPException, OSError, UnicodeError) as error:
            raise Unreachable(why_unreachable(self.server, error)) from error

    def proxy(self) -> str:
        """The proxy on the way, found at the first call; empty for none. Unreachable: it cannot be used."""
        if self._proxy is None:
            found = proxy_for(self.server, self._config.proxy, self._config.proxy_auto)
            if found and not found.startswith(("http://", "https://")):
                raise Unreachable(
                    f"The proxy on the way to {self.server} is of a kind that cannot be used (SOCKS)."
                )
            self._proxy = found
        return self._proxy

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        """The body as it was sent. No encoding was asked for, so none is undone: it may be a bomb."""
        ends, size = time.monotonic() + ANSWER_SECONDS, 0
        read = _read_what_is_there(response.raw)
        while size < ANSWER_BYTES:
            piece = read(PIECE)
            if not piece:
                return
            if time.monotonic() > ends:
                raise Unreachable(said(f"{self.server} did not answer in time."))
            size += len(piece)
            yield piece


def _read_what_is_there(raw: Any) -> Callable[[int], bytes]:
    """urllib3 1.26, which long-lived distributions ship, leaves this to the standard library's answer."""
    if hasattr(raw, "read1"):
        return lambda size: bytes(raw.read1(size, decode_content=False))
    return lambda size: bytes(raw._fp.read1(size))


class _Trusting(HTTPAdapter):
    """Speaks TLS by this context alone, to a proxy's other side too."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **named)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **named)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """`requests` would add certificates of its own to the context."""
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None


def _context(config: Config) -> ssl.SSLContext:
    if not config.ca_file:
        return trusting_system()
    try:
        return trusting_only(config.ca_file)
    except OSError as error:  # ssl.SSLError is one
        reason = said("it holds no certificates") if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageError(f"The certificates in {config.ca_file} cannot be read: {reason}.") from error


def why_unreachable(server: str, error: Exception) -> str:
    """What went wrong on the way, without the library's names. Of a proxy never more than that there is one:
    its address may hold a password."""
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return _why_not_trusted(server, error)
    if isinstance(error, requests.exceptions.ProxyError):
        if " 407 " in text:
            return _proxy_wants_name(server)
        return said(f"{server} cannot be reached through the proxy.")
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in text:
        return said(f"{server} did not answer in time.")
    if "NameResolutionError" in text or "Name or service not known" in text:
        return said(f"{server} is a name that is not known in this network.")
    if isinstance(error, requests.exceptions.ConnectionError):
        return said(f"{server} cannot be reached ({_last_words(text)}).")
    return said(f"{server} did not answer as a web server does.")


def _proxy_wants_name(server: str) -> str:
    return said(
        f"The proxy on the way to {server} wants a name and a password; the setting `proxy` takes them."
    )


def _why_not_trusted(server: str, error: Exception) -> str:
    found = _certificate_error(error)
    if found is None:
        return said(f"{server} does not speak TLS as it should ({_last_words(str(error))}).")
    match found.verify_code:  # X509_V_ERR_* of OpenSSL
        case 10:
            return said(f"{server} has a certificate that has expired, or this laptop's clock is wrong.")
        case 9:
            return said(f"{server} has a certificate that is not valid yet, or this laptop's clock is wrong.")
        case 18:
            return said(f"{server} has a certificate that it has signed itself.")
        case 62 | 64:
            return said(f"{server} has a certificate that was made for another name.")
    return said(f"{server} has a certificate that is not trusted ({found.verify_message}).")


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """What TLS itself said, from beneath the libraries' errors."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _last_words(text: str) -> str:
    last = text.rstrip("'\")( ").rsplit(": ", 1)[-1].strip("'\" ")
    return re.sub(r"^\[Errno -?\d+\] ", "", last) or said("no reason given")
