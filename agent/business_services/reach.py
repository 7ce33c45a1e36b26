"""A connection to a business service, directly or through a proxy, and why there is none."""

import errno
import select
import socket
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from agent.system.addresses import Address

CONNECT_SECONDS = 3.0
"""Without a connection by then there is no way to the service."""
HEAD_BYTES = 16 * 1024
"""Longest answer of a proxy."""

_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, 10035})  # 10035: WSAEWOULDBLOCK
_REFUSED = frozenset({errno.ECONNREFUSED, 10061})  # 10061: WSAECONNREFUSED


class Failed(Exception):
    """`cause` is one of signals.SERVICE_CAUSES."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Proxy:
    """`credentials` as the header Proxy-Authorization takes them, or empty."""

    host: str
    port: int
    credentials: str = ""

    @classmethod
    def of(cls, address: str) -> "Proxy | None":
        """None for a kind of proxy that cannot be used: those spoken to by TLS or SOCKS."""
        try:
            parts = urlsplit(address if "://" in address else f"http://{address}")
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            return None
        if parts.scheme != "http" or not host:
            return None
        if parts.username is None:
            return cls(host, port)
        known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return cls(host, port, "Basic " + b64encode(known.encode()).decode())


def connect(addresses: Sequence[Address]) -> socket.socket:
    """To whichever address answers first."""
    waiting: set[socket.socket] = set()
    refused = False
    ends = time.monotonic() + CONNECT_SECONDS
    try:
        for address in addresses:
            _begin(address, waiting)
        while waiting and (left := ends - time.monotonic()) > 0:
            _, ready, failed = select.select([], waiting, waiting, left)
            for connection in {*ready, *failed}:
                waiting.discard(connection)
                error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not error:
                    return connection
                refused = refused or error in _REFUSED
                connection.close()
    finally:
        for connection in waiting:
            connection.close()
    raise Failed("refused" if refused else "route")


def _begin(address: Address, waiting: set[socket.socket]) -> None:
    try:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError:
        return  # this machine does not speak that family
    connection.setblocking(False)
    try:
        begun = connection.connect_ex(address.endpoint) in _UNDER_WAY | _REFUSED
    except OSError:
        begun = False
    if begun:
        waiting.add(connection)
    else:
        connection.close()


def ask_for_tunnel(connection: socket.socket, proxy: Proxy, authority: str, ends: float) -> None:
    """CONNECT (RFC 9110, 9.3.6). A proxy that finds no way says 502, 503 or 504; else it does not want to."""
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: {proxy.credentials}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = b""
    while b"\r\n\r\n" not in head:
        limit(connection, ends)
        piece = connection.recv(4096)
        head += piece
        if not piece or len(head) > HEAD_BYTES:
            raise Failed("refused")
    status = status_of(head)
    if status is None or not 200 <= status < 300:
        raise Failed("route" if status in (502, 503, 504) else "refused")


def limit(connection: socket.socket, ends: float) -> None:
    """The next step may take what is left until then, by the monotonic clock."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def status_of(answer: bytes) -> int | None:
    """Of an answer's first line; None if it is not one of HTTP."""
    words = answer[:32].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return None
    return int(words[1])
