"""Webhooks, signed as Standard Webhooks ask (webhook-id, webhook-timestamp, webhook-signature).

Somebody who may name an address must not reach what only this machine reaches: the name is looked up once,
every address it has must be public or in a network that the operator allowed, and then that very address
is called. Redirects are not followed, and what is answered is not read.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import secrets
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from server.errors import UsageError
from server.outbox.deadline import deadline
from server.outbox.trouble import NotSent, Trouble

CALL_SECONDS = 15.0
"""So long one call may take in all."""
CONNECT_SECONDS = 5.0
"""So long one address of several may take to answer at all."""
SECRET_BYTES = 32
LONGEST_ADDRESS = 2000
PREFIX = "whsec_"
GONE = 410
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GOOD = range(200, 300)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook: what is sent where, and the secret it is signed with."""

    message_id: UUID
    url: str
    body: dict[str, Any]
    secret: bytes


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def written(secret: bytes) -> str:
    """A secret in the form that libraries for receivers take."""
    return PREFIX + base64.b64encode(secret).decode("ascii")


def signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode("ascii")


def networks(text: str) -> list[Network]:
    """Networks from a list with commas. UsageError for what is none."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise UsageError(f"DEX_WEBHOOK_NETWORKS: {error}.") from None


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be called, as far as the address alone tells. UsageError if not."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UsageError("This is not an address of a webhook.") from None
    plain = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or plain) or len(url) > LONGEST_ADDRESS:
        raise UsageError("A webhook has an address with https://; http:// only on this machine itself.")
    if parts.username or parts.password or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError("The address of a webhook has no user, no spaces and no letters beyond ASCII.")
    return parts


class WebhookDoor:
    """Calls, each over a connection of its own."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = allowed

    def send(self, call: Call, now: datetime) -> None:
        """Returns once the other side has answered with success. Raises NotSent."""
        try:
            parts = check_url(call.url)
        except UsageError:
            raise NotSent(Trouble.NOT_ALLOWED, final=True) from None
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        connection = _Connection(host, port, self._addresses(host, port), parts.scheme == "https")
        body = json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with deadline(CALL_SECONDS, lambda: connection.sock):
                connection.request("POST", path, body, _headers(call, body, now))
                status = connection.getresponse().status
        except TimeoutError:
            raise NotSent(Trouble.TOO_SLOW) from None
        except ssl.SSLError:
            raise NotSent(Trouble.TLS) from None
        except ConnectionRefusedError:
            raise NotSent(Trouble.UNREACHABLE) from None
        except (OSError, http.client.HTTPException):
            raise NotSent(Trouble.BROKEN_OFF) from None
        finally:
            connection.close()
        if status == GONE:
            raise NotSent(Trouble.REFUSED, final=True)
        if status not in _GOOD:
            raise NotSent(Trouble.NOT_NOW)

    def close(self) -> None:
        pass

    def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of this name, if every one of them may be called."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):  # nobody has this name, or nobody can
            raise NotSent(Trouble.UNREACHABLE) from None
        addresses = [str(each[4][0]).partition("%")[0] for each in found]
        if not all(self._may_call(_meant(ipaddress.ip_address(address))) for address in addresses):
            raise NotSent(Trouble.NOT_ALLOWED)
        return addresses

    def _may_call(self, address: Address) -> bool:
        public = address.is_global and not address.is_multicast
        return public or any(address in network for network in self._allowed)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _headers(call: Call, body: bytes, now: datetime) -> dict[str, str]:
    message_id, timestamp = str(call.message_id), str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "employee-dex",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(call.secret, message_id, timestamp, body),
    }


class _Connection(http.client.HTTPConnection):
    """A connection to the first of these addresses that answers, which speaks of the name."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], tls: bool) -> None:
        super().__init__(host, port, timeout=CALL_SECONDS)
        self.default_port = 443 if tls else 80
        self._addresses = addresses
        self._tls = tls

    def connect(self) -> None:
        self.sock = self._reach()
        if self._tls:
            trust = ssl.create_default_context()
            self.sock = trust.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()  # only now, so that the deadline knows the socket

    def _reach(self) -> socket.socket:
        *others, last = self._addresses
        ends = time.monotonic() + CALL_SECONDS
        for address in others:
            if time.monotonic() > ends:  # a name may have thousands of them
                raise TimeoutError
            with suppress(OSError):
                return socket.create_connection((address, self.port), CONNECT_SECONDS)
        return socket.create_connection((last, self.port), CONNECT_SECONDS)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
