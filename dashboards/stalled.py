"""Close connections on which nothing was answered for long: of laptops that fell asleep while they sent, and
of whoever drips a byte now and then.

granian takes so many connections and no more, and gives a request to a thread as soon as its head is there.
That thread waits for the rest without end. So some hundreds of silent connections would keep everybody out,
and some dozens of slow bodies take all threads (`server/web/reading.py` leaves some to others). Linux knows
of each connection when something was last sent on it. No answer takes as long as the limit, so what is closed
has either no request, or one that does not come to its end. Elsewhere a proxy must do this.
"""

import ipaddress
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

if sys.platform == "linux":
    import resource

STALLED_SECONDS = 90.0
"""Longer than any answer takes, and than proxies keep an idle connection."""
PRESSED_SECONDS = 10.0
"""While there is no more room: longer than a request takes that is sent in one go."""
MOST_OF_ONE = 128
"""Connections of one address, behind which a whole office may be; laptops keep none open."""
CROWD_SECONDS = 1.0
"""Of a crowd, only what was silent so long is closed."""
LOOK_SECONDS = 2.0

_LAST_DATA_SENT = struct.Struct("44xI")
"""Of the kernel's `tcp_info`: milliseconds since data was sent, or since the connection began."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watch:
    """`most`: connections that are taken. `is_pressed`: whether there is no room otherwise.

    `trusts_peers`: they are proxies, each of which speaks for many.
    """

    most: int
    is_pressed: Callable[[], bool]
    trusts_peers: bool = False

    def start(self) -> None:
        """Look now and then, in a thread that ends with the process."""
        if sys.platform == "linux":
            _allow_descriptors()
            threading.Thread(target=self._keep_looking, daemon=True, name="stalled").start()

    def _keep_looking(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                closed = self.look()
            except OSError as error:  # no descriptor is left to look with, which may pass
                log.error("connections cannot be looked at", reason=error.strerror)
                continue
            if closed:
                log.info("stalled connections closed", connections=closed)

    def look(self) -> int:
        """Close what stalls; how many."""
        with accepted() as connections:
            pressed = self.is_pressed() or len(connections) > self.most * 3 // 4
            seconds = PRESSED_SECONDS if pressed else STALLED_SECONDS
            chosen = {each for each in connections if each.silent > seconds}
            if not self.trusts_peers:
                chosen |= crowds(connections)
            for each in chosen:
                with suppress(OSError):  # it is gone by itself
                    each.socket.shutdown(socket.SHUT_RDWR)  # its thread reads the end of the request
            return len(chosen)


def _allow_descriptors() -> None:
    """As many as the system lets this process have: a connection takes one, and one more for each look."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """`silent`: seconds since something was sent on it, or since it began."""

    socket: socket.socket
    peer: str
    silent: float


def crowds(connections: Iterable[Connection]) -> set[Connection]:
    """Of an address that holds too many, those beyond that were silent longest. This machine may hold any."""
    by_peer: dict[str, list[Connection]] = {}
    for each in connections:
        by_peer.setdefault(each.peer, []).append(each)
    found: set[Connection] = set()
    for peer, its in by_peer.items():
        beyond = sorted(its, key=lambda each: each.silent)[MOST_OF_ONE:]
        if beyond and not ipaddress.ip_address(peer).is_loopback:
            found.update(each for each in beyond if each.silent > CROWD_SECONDS)
    return found


@contextmanager
def accepted() -> Iterator[list[Connection]]:
    """The accepted connections of this process, by descriptors of our own."""
    found = list(_tcp_sockets())
    try:
        ports = {_port(each) for each in found if _listens(each)}
        connections = []
        for each in found:
            with suppress(OSError):  # it is gone by itself
                if not _listens(each) and _port(each) in ports:
                    connections.append(Connection(each, _peer(each), _seconds_since_sent(each)))
        yield connections
    finally:
        for each in found:
            each.close()


def _tcp_sockets() -> Iterator[socket.socket]:
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed since it was listed, or no socket
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
            found = socket.socket(fileno=os.dup(int(name)))
            if found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM:
                yield found
            else:
                found.close()


def _listens(found: socket.socket) -> bool:
    return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _port(found: socket.socket) -> int:
    return int(found.getsockname()[1])


def _peer(found: socket.socket) -> str:
    """Its address; IPv4 as such, also where IPv6 carries it."""
    address = ipaddress.ip_address(str(found.getpeername()[0]).partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)


def _seconds_since_sent(found: socket.socket) -> float:
    info = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_SENT.size)
    return float(_LAST_DATA_SENT.unpack(info)[0]) / 1000
