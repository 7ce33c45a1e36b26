"""Questions to a D-Bus, asked by its own protocol (D-Bus Specification 0.43): no library is loaded for them.

Only what senses ask for: calls whose arguments are texts, and the first value of the answer.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from agent.companion.senses.local_socket import connected

TIMEOUT = 1.0  # seconds
LONGEST_ANSWER = 1024 * 1024
NO_AUTO_START = 2  # asking must not start what is not running
METHOD_CALL, METHOD_RETURN, ERROR = 1, 2, 3
PATH, INTERFACE, MEMBER, REPLY_SERIAL, DESTINATION, SIGNATURE = 1, 2, 3, 5, 6, 8
SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"

_FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}

Value = int | float | str | None


class Bus:
    """Connects at the first question, and again after the bus went away."""

    def __init__(self, address: str) -> None:
        self._address, self._serial = address, 0
        self._socket: socket.socket | None = None

    def ask(self, to: str, path: str, interface: str, member: str, *texts: str) -> Value:
        """The first value of the answer. OSError where nobody answers, or answers with an error."""
        try:
            if self._socket is None:
                self._socket = _connect(self._address)
                self._call(self._socket, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "Hello")
            return self._call(self._socket, to, path, interface, member, *texts)
        except (OSError, struct.error, ValueError, IndexError) as error:
            if not isinstance(error, Refused):
                self.close()
            raise OSError(f"no answer by {to} ({error})") from None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _call(
        self, sock: socket.socket, to: str, path: str, interface: str, member: str, *texts: str
    ) -> Value:
        self._serial += 1
        sock.sendall(call_message(self._serial, to, path, interface, member, texts))
        while True:
            kind, fields, body = _receive(sock)
            if fields.get(REPLY_SERIAL) != self._serial:
                continue  # a signal
            if kind == ERROR:
                raise Refused(f"{member} was refused")
            signature = str(fields.get(SIGNATURE, ""))
            return body.value(signature[0]) if signature else None


class Refused(OSError):
    """Somebody answered, with an error."""


def _connect(addresses: str) -> socket.socket:
    """The first address that can be reached, signed in as the account that runs this."""
    for address in addresses.split(";"):
        kind, _, rest = address.partition(":")
        keys = dict(pair.partition("=")[::2] for pair in rest.split(","))
        name = keys.get("path") or ("\0" + keys["abstract"] if "abstract" in keys else "")
        if kind == "unix" and name:
            with suppress(OSError):
                return _signed_in(connected(name, TIMEOUT))
    raise OSError("the bus cannot be reached")


def _signed_in(sock: socket.socket) -> socket.socket:
    """Who we are is the kernel's word: none of ours is sent."""
    sock.sendall(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")
    said = b""
    while said.count(b"\r\n") < 2 and (more := sock.recv(512)):
        said += more
    if b"OK " not in said:
        sock.close()
        raise OSError("the bus does not let this account in")
    return sock


def call_message(
    serial: int, to: str, path: str, interface: str, member: str, texts: tuple[str, ...]
) -> bytes:
    body = b""
    for text in texts:
        body += bytes(-len(body) % 4) + _text(text)
    fields = b""
    for code, kind, value in (
        (PATH, b"o", path),
        (INTERFACE, b"s", interface),
        (MEMBER, b"s", member),
        (DESTINATION, b"s", to),
    ):
        fields += bytes(-len(fields) % 8) + bytes((code, 1)) + kind + b"\0" + _text(value)
    if texts:
        fields += bytes(-len(fields) % 8) + bytes((SIGNATURE, 1)) + b"g\0"
        fields += bytes((len(texts),)) + b"s" * len(texts) + b"\0"
    head = struct.pack("<cBBBIII", b"l", METHOD_CALL, NO_AUTO_START, 1, len(body), serial, len(fields))
    return head + fields + bytes(-(len(head) + len(fields)) % 8) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<I", len(raw)) + raw + b"\0"


class Reader:
    """Values of a message, one after the other, each where its kind may begin."""

    def __init__(self, data: bytes, order: str = "<") -> None:
        self._data, self._at, self._order = data, 0, order

    def value(self, kind: str) -> Value:
        """A plain value, or the one inside a variant; None for kinds that nobody asks for."""
        if kind in _FIXED:
            code = self._order + _FIXED[kind]
            self.align(struct.calcsize(code))
            (value,) = struct.unpack_from(code, self._data, self._at)
            self._at += struct.calcsize(code)
            return bool(value) if kind == "b" else value
        if kind in "so":
            return self._bytes(int(self.value("u") or 0))
        if kind == "g":
            return self._bytes(int(self.value("y") or 0))
        if kind == "v":
            inner = str(self.value("g"))
            return self.value(inner) if len(inner) == 1 else None
        return None

    def fields(self) -> Iterator[tuple[int, Value]]:
        """Those of a header: its last part is a list of pairs of a number and a variant."""
        while self._at < len(self._data):
            self.align(8)
            code = int(self.value("y") or 0)
            yield code, self.value("v")

    def align(self, size: int) -> None:
        self._at += -self._at % size

    def _bytes(self, length: int) -> str:
        raw = self._data[self._at : self._at + length]
        self._at += length + 1
        return raw.decode("utf-8", "replace")


def _receive(sock: socket.socket) -> tuple[int, dict[int, Value], Reader]:
    """Kind, header fields and body of the next message."""
    head = _exactly(sock, 16)
    order = "<" if head[:1] == b"l" else ">"
    length, _, fields = struct.unpack(order + "III", head[4:])
    rest = fields + -fields % 8
    if length + rest > LONGEST_ANSWER:
        raise OSError("too long")
    data = _exactly(sock, rest + length)
    return head[1], dict(Reader(data[:fields], order).fields()), Reader(data[rest:], order)


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise OSError("the bus has gone")
        data += more
    return data
