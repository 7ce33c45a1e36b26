"""The X11 protocol as far as senses need it (X Window System Protocol, X.Org, release 7.7).

Spoken directly, without libX11: that library ends the whole process when the display server goes away, and
costs memory. A window that vanishes is an error in an answer here, which reads as "no such property".
"""

import socket
import struct
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from agent.companion.senses.local_socket import connected
from agent.companion.senses.sense import Gone, Unavailable

TIMEOUT = 3.0  # seconds; a local display server answers in microseconds
LONGEST_ANSWER = 4 * 1024 * 1024
MOST_ROUNDS = 64  # of 64 KiB, before others have their turn

CHANGE_ATTRIBUTES, INTERN_ATOM, GET_PROPERTY, SEND_EVENT, QUERY_EXTENSION = 2, 16, 20, 25, 98
EVENT_MASK = 0x0800  # of the values of ChangeWindowAttributes
STRUCTURE, SUBSTRUCTURE, PROPERTY = 0x020000, 0x080000, 0x400000  # StructureNotify and so on
DESTROY_NOTIFY, PROPERTY_NOTIFY, CLIENT_MESSAGE, GENERIC_EVENT = 17, 28, 33, 35
ERROR, REPLY = 0, 1

_LOCAL, _WILD = 256, 65535  # families of entries in the authority file (Xauth.h)
_COOKIE = b"MIT-MAGIC-COOKIE-1"


class Event(NamedTuple):
    kind: int
    body: bytes  # all 32 bytes

    def number(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self.body, offset)[0])


class Connection:
    """One connection to the display server; `root` is the root window of its first screen."""

    def __init__(self, sock: socket.socket, cookie: bytes = b"") -> None:
        self._socket, self._buffer, self._sent = sock, bytearray(), 0
        self.events: deque[Event] = deque()
        self._atoms: dict[str, int] = {}
        self.base, self.root = self._set_up(cookie)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def _set_up(self, cookie: bytes) -> tuple[int, int]:
        name = _COOKIE if cookie else b""
        header = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(cookie))
        self._socket.sendall(header + padded(name) + padded(cookie))
        status, _, _, words = struct.unpack("<BxHHH", self._take(8))
        body = self._take(4 * words)
        if status != 1:
            raise Unavailable("The display server does not let this account in.")
        vendor, formats = struct.unpack_from("<H", body, 16)[0], body[21]
        first_screen = 32 + len(padded(b"x" * vendor)) + 8 * formats
        return struct.unpack_from("<I", body, 4)[0], struct.unpack_from("<I", body, first_screen)[0]

    def send(self, *requests: bytes) -> int:
        """Number of the last one. Errors of requests without an answer are dropped."""
        try:
            self._socket.settimeout(TIMEOUT)
            self._socket.sendall(b"".join(requests))
        except OSError as error:
            raise Gone(f"The display server has gone ({error}).") from None
        self._sent += len(requests)
        return self._sent & 0xFFFF

    def ask(self, request: bytes) -> bytes | None:
        """The answer with its 32 bytes of header; None where it is an error."""
        number = self.send(request)
        while True:
            packet = self._next()
            if packet[0] not in (ERROR, REPLY):
                self._keep(packet)
            elif struct.unpack_from("<H", packet, 2)[0] == number:
                return packet if packet[0] == REPLY else None

    def take_waiting(self) -> None:
        """Move what has arrived into `events`."""
        for _ in range(MOST_ROUNDS):
            if not self._receive(wait=False):
                break
        while (size := self._whole()) is not None:
            self._keep(self._cut(size))

    def atom(self, name: str) -> int:
        """The server's number for a name."""
        if name not in self._atoms:
            raw = name.encode()
            answer = self.ask(request(INTERN_ATOM, struct.pack("<Hxx", len(raw)) + padded(raw)))
            self._atoms[name] = struct.unpack_from("<I", answer, 8)[0] if answer else 0
        return self._atoms[name]

    def numbers(self, window: int, name: str, most: int = 64) -> tuple[int, ...] | None:
        """A property of 32-bit numbers; None where the window or the property does not exist."""
        answer = self.ask(request(GET_PROPERTY, struct.pack("<5I", window, self.atom(name), 0, 0, most)))
        if answer is None or answer[1] != 32:
            return None
        count = min(struct.unpack_from("<I", answer, 16)[0], (len(answer) - 32) // 4)
        return struct.unpack_from(f"<{count}I", answer, 32)

    def extension(self, name: str) -> int | None:
        """Its first byte in requests; None where the server has no such extension."""
        raw = name.encode()
        answer = self.ask(request(QUERY_EXTENSION, struct.pack("<Hxx", len(raw)) + padded(raw)))
        return answer[9] if answer and answer[8] else None

    def _keep(self, packet: bytes) -> None:
        if packet[0] not in (ERROR, REPLY):
            self.events.append(Event(packet[0] & 0x7F, packet[:32]))

    def _next(self) -> bytes:
        while (size := self._whole()) is None:
            self._receive()
        return self._cut(size)

    def _whole(self) -> int | None:
        """Length of the first packet if all of it is here."""
        if len(self._buffer) < 32:
            return None
        size = 32
        if self._buffer[0] in (REPLY, GENERIC_EVENT):
            size += 4 * int(struct.unpack_from("<I", self._buffer, 4)[0])
        if size > LONGEST_ANSWER:
            raise Gone("The display server answers what nobody asked.")
        return size if len(self._buffer) >= size else None

    def _cut(self, size: int) -> bytes:
        packet = bytes(self._buffer[:size])
        del self._buffer[:size]
        return packet

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        return self._cut(size)

    def _receive(self, wait: bool = True) -> bool:
        """False where nothing had come."""
        try:
            self._socket.settimeout(TIMEOUT if wait else 0)
            data = self._socket.recv(65536)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Gone(f"The display server does not answer ({error}).") from None
        if not data:
            raise Gone("The display server has gone.")
        self._buffer += data
        return True


def request(kind: int, body: bytes, detail: int = 0) -> bytes:
    """One request; `body` a multiple of 4 bytes long."""
    return struct.pack("<BBH", kind, detail, 1 + len(body) // 4) + body


def listen(window: int, mask: int) -> bytes:
    """The request that chooses which events of a window this connection gets; others keep theirs."""
    return request(CHANGE_ATTRIBUTES, struct.pack("<III", window, EVENT_MASK, mask))


def client_message(to: int, window: int, kind: int, data: tuple[int, ...], mask: int = 0) -> bytes:
    """The request that sends up to five numbers; with mask 0 the window's own program gets them."""
    event = struct.pack("<BBHII5I", CLIENT_MESSAGE, 32, 0, window, kind, *data, *[0] * (5 - len(data)))
    return request(SEND_EVENT, struct.pack("<II", to, mask) + event)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def connect(display: str, authority: str) -> Connection:
    """The display named as in $DISPLAY; Unavailable where it is on another machine or cannot be reached."""
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if host not in ("", "unix") or not number.isdigit():
        raise Unavailable("The display is on another machine.")
    sock = _reach(f"/tmp/.X11-unix/X{number}")  # noqa: S108 (where X puts it)
    try:
        return Connection(sock, cookie_of(authority, number))
    except (Gone, Unavailable) as error:
        sock.close()
        raise Unavailable(str(error)) from None


def _reach(path: str) -> socket.socket:
    for address in (path, "\0" + path):  # a file, and Linux's name without one
        with suppress(OSError):
            return connected(address, TIMEOUT)
    raise Unavailable("The display server cannot be reached.")


def cookie_of(authority: str, number: str) -> bytes:
    """The cookie for a display in the authority file (Xau(3)); empty without one: some servers need none."""
    try:
        with open(authority, "rb") as file:
            data = file.read(65536)
    except OSError:
        return b""
    host, found = socket.gethostname().encode(), b""
    while len(data) > 2:
        family, data = int.from_bytes(data[:2], "big"), data[2:]
        fields = []
        for _ in range(4):
            end = 2 + int.from_bytes(data[:2], "big")
            fields.append(data[2:end])
            data = data[end:]
        address, display, name, cookie = fields
        if family not in (_LOCAL, _WILD) or name != _COOKIE or display not in (b"", number.encode()):
            continue
        if not found or address == host:  # a host that was renamed since still has its old cookie
            found = cookie
    return found
