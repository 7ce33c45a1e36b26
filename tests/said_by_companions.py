"""Companions that speak to the service over its real socket, and a laptop that hears them."""

import socket
from pathlib import Path

from agent.agreed.applications import Applications
from agent.collectors.companion import Sight, collectors
from agent.companion.companions import Companions
from agent.companion.message import Greeting, Hello, InFront, MinuteTold, written
from agent.companion.unix_socket import SocketDoor
from agent.reading import Collector, Reading
from agent.signals import Sample

GREETING = Greeting("https://dex.example.org", True, "abc", ("firefox",))
NOW = 100
"""The minute of most tests."""


def listening(socket_path: Path) -> Companions:
    return Companions(SocketDoor(socket_path), lambda: GREETING)


def say(socket_path: Path, *lines: bytes, session: str = "1") -> socket.socket:
    """A companion of this account that has said these lines after its first."""
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(str(socket_path))
    peer.sendall(written(Hello(session, "x11")) + b"".join(lines))
    return peer


def minute(number: int = NOW, active: float | None = 60.0, *apps: InFront, **more: object) -> bytes:
    return written(MinuteTold(number, active, apps=apps, **more))  # type: ignore[arg-type]


class Laptop:
    """The collectors of a laptop with companions, at a minute that the test sets."""

    def __init__(self, companions: Companions, session: Collector | None = None) -> None:
        self.minute = NOW - 1
        self.sight = Sight(companions, Applications(["firefox"]), lambda: self.minute * 60.0)
        self.minute = NOW
        found = collectors(companions, Applications(), session or flag(0.0))
        self.names = [collector.name for collector in found]

    def look(self) -> Reading:
        return self.sight.collect(1.7e9, None)


def flag(active_s: float) -> Collector:
    """The session's own flag."""

    def collect(now: float, cursor: str | None) -> Reading:
        return Reading([Sample("active_s", active_s, attributes={"source": "session"})])

    return Collector("active", ("active",), 60.0, collect)
