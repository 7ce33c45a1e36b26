"""Close connections on which nothing was answered for long: of laptops that fell asleep while they sent, and
of whoever drips a byte now and then.

granian gives a request to a thread as soon as its head is there, and that thread waits for the rest without
end; some dozens of such senders would take all threads (`server/reading.py` leaves some to others). Linux
knows of each connection when something was last sent on it. No answer takes as long as this limit, so what is
closed has either no request, or one that does not come to its end. Elsewhere than on Linux a proxy must do
this.
"""

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import structlog

STALLED_SECONDS = 90.0
"""Longer than any answer takes, and than proxies keep an idle connection."""
PRESSED_SECONDS = 10.0
"""While all places where bodies are read are taken: longer than a body takes that is sent in one go."""
LOOK_SECONDS = 2.0

_LAST_DATA_SENT = struct.Struct("44xI")
"""Of the kernel's `tcp_info`: milliseconds since data was sent, or since the connection began."""

log = structlog.get_logger()


def watch_connections(is_pressed: Callable[[], bool]) -> None:
    """Start looking, in a thread that ends with the process; less patiently while it `is_pressed`."""
    if sys.platform == "linux":
        threading.Thread(target=_keep_looking, args=(is_pressed,), daemon=True, name="stalled").start()


def _keep_looking(is_pressed: Callable[[], bool]) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        closed = close_stalled(PRESSED_SECONDS if is_pressed() else STALLED_SECONDS)
        if closed:
            log.info("stalled connections closed", connections=closed)


def close_stalled(seconds: float) -> int:
    """Close each accepted connection of this process on which nothing was sent so long; how many."""
    found = list(_tcp_sockets())
    try:
        ports = {_port(each) for each in found if _listens(each)}
        stalled = [
            each
            for each in found
            if not _listens(each) and _port(each) in ports and _seconds_since_sent(each) > seconds
        ]
        for each in stalled:
            with suppress(OSError):  # it is gone by itself
                each.shutdown(socket.SHUT_RDWR)  # its thread reads the end of the request
        return len(stalled)
    finally:
        for each in found:
            each.close()


def _tcp_sockets() -> Iterator[socket.socket]:
    """Those of this process, by descriptors of our own."""
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


def _seconds_since_sent(found: socket.socket) -> float:
    info = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_SENT.size)
    return float(_LAST_DATA_SENT.unpack(info)[0]) / 1000
