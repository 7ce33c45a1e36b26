"""The Wayland protocol as far as senses need it (The Wayland Protocol, chapter 4)."""

import socket
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from agent.companion.senses.local_socket import connected
from agent.companion.senses.sense import Gone, Unavailable

TIMEOUT = 3.0  # seconds; a compositor answers in microseconds
LONGEST_NAME = 4096
MOST_ROUNDS = 64  # of 64 KiB, before others have their turn; a compositor drops programs that do not listen
DISPLAY = 1
SYNC, GET_REGISTRY, BIND = 0, 1, 0  # requests of the display and of the registry
DISPLAY_ERROR, CALLBACK_DONE, REGISTRY_GLOBAL = 0, 0, 0  # events of display, callback and registry


class Event(NamedTuple):
    thing: int
    code: int
    body: bytes

    def number(self, offset: int = 0) -> int:
        return int(struct.unpack_from("<I", self.body, offset)[0])

    def text(self, offset: int = 0) -> str:
        end = offset + 4 + min(self.number(offset), LONGEST_NAME)
        return self.body[offset + 4 : end].partition(b"\0")[0].decode("utf-8", "replace")

    def numbers(self) -> tuple[int, ...]:
        """A list of numbers."""
        count = min(self.number(), len(self.body) - 4) // 4
        return struct.unpack_from(f"<{count}I", self.body, 4)


class Global(NamedTuple):
    """Something the compositor offers."""

    number: int
    version: int


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._buffer, self._last = sock, bytearray(), DISPLAY
        self._registry = self._new()
        self.send(DISPLAY, GET_REGISTRY, self._registry)
        self.offers = {
            event.text(4): Global(event.number(), event.number(4 + len(padded_text(event.text(4)))))
            for event in self.until_done()
            if event.thing == self._registry and event.code == REGISTRY_GLOBAL
        }

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, thing: int, code: int, *numbers: int, body: bytes = b"") -> None:
        body = body + struct.pack(f"<{len(numbers)}I", *numbers)
        try:
            self._socket.settimeout(TIMEOUT)
            self._socket.sendall(struct.pack("<II", thing, (8 + len(body)) << 16 | code) + body)
        except OSError as error:
            raise Gone(f"The compositor has gone ({error}).") from None

    def make(self, thing: int, code: int, *numbers: int) -> int:
        """A request whose first argument is the number of the new thing, which is returned."""
        new = self._new()
        self.send(thing, code, new, *numbers)
        return new

    def bind(self, interface: str, newest: int) -> tuple[int, int]:
        """Number and version of something offered; KeyError where it is not."""
        offer = self.offers[interface]
        version, new = min(offer.version, newest), self._new()
        name = struct.pack("<I", offer.number) + padded_text(interface)
        self.send(self._registry, BIND, version, new, body=name)
        return new, version

    def until_done(self) -> list[Event]:
        """All events until the compositor has done what was asked before."""
        callback = self.make(DISPLAY, SYNC)
        events: list[Event] = []
        while True:
            for event in self._packets():
                if event.thing == callback and event.code == CALLBACK_DONE:
                    return events
                events.append(event)
            self._receive()

    def waiting(self) -> list[Event]:
        """Those that have arrived; never waits."""
        for _ in range(MOST_ROUNDS):
            if not self._receive(wait=False):
                break
        return list(self._packets())

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _packets(self) -> Iterator[Event]:
        while len(self._buffer) >= 8:
            thing, word = struct.unpack_from("<II", self._buffer)
            size = word >> 16
            if size < 8:
                raise Gone("The compositor speaks another language.")
            if len(self._buffer) < size:
                return
            event = Event(thing, word & 0xFFFF, bytes(self._buffer[8:size]))
            del self._buffer[:size]
            if thing == DISPLAY and event.code == DISPLAY_ERROR:
                raise Gone("The compositor refused a request.")
            yield event

    def _receive(self, wait: bool = True) -> bool:
        """False where nothing had come."""
        try:
            self._socket.settimeout(TIMEOUT if wait else 0)
            data = self._socket.recv(65536)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Gone(f"The compositor does not answer ({error}).") from None
        if not data:
            raise Gone("The compositor has gone.")
        self._buffer += data
        return True


def padded_text(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)


def connect(environ: Mapping[str, str]) -> Connection:
    """The compositor of this session; Unavailable where it cannot be reached."""
    name = environ.get("WAYLAND_DISPLAY", "")
    path = name if name.startswith("/") else f"{environ.get('XDG_RUNTIME_DIR', '')}/{name}"
    try:
        sock = connected(path, TIMEOUT)
    except OSError:
        raise Unavailable("The compositor cannot be reached.") from None
    try:
        return Connection(sock)
    except Gone as error:
        sock.close()
        raise Unavailable(str(error)) from None
