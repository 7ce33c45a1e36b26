"""A session bus for tests, and a program on it that answers as a desktop's programs do."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop_session import running
from waiting import eventually

from agent.companion.senses import dbus_wire
from agent.companion.senses.dbus_wire import Reader

BUS = "org.freedesktop.DBus"
SENDER = 7

BOOL = {True: b"\1\0\0\0", False: b"\0\0\0\0"}
YES, NO = (b"b", BOOL[True]), (b"b", BOOL[False])


def number(value: int) -> tuple[bytes, bytes]:
    return b"t", struct.pack("<Q", value)


def property_of(value: bool) -> tuple[bytes, bytes]:
    return b"v", b"\1b\0\0" + BOOL[value]


@contextmanager
def session_bus(folder: Path) -> Iterator[str]:
    """Its address."""
    path = folder / "bus"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={path}"]
    with running(*command, env=dict(os.environ)):
        assert eventually(path.exists)
        yield f"unix:path={path}"


class Service:
    """Has a name on the bus and answers each call by its member; what it does not know, with an error."""

    def __init__(self, address: str, name: str, answers: dict[str, tuple[bytes, bytes]]) -> None:
        self._socket, self._answers = dbus_wire._connect(address), answers
        self._socket.settimeout(10)
        self._ask("Hello")
        self._ask("RequestName", dbus_wire._text(name) + bytes(-(len(name) + 5) % 4) + bytes(4), b"su")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _ask(self, member: str, body: bytes = b"", signature: bytes = b"") -> None:
        fields = [(1, b"o", "/"), (2, b"s", BUS), (3, b"s", member), (6, b"s", BUS)]
        self._send(1, fields, body, signature)
        while self._next()[0] != 2:
            pass

    def _serve(self) -> None:
        try:
            while True:
                kind, serial, fields = self._next()
                if kind != 1:
                    continue
                to = [(6, b"s", str(fields[SENDER])), (5, b"u", serial)]
                if answer := self._answers.get(str(fields[3])):
                    self._send(2, to, answer[1], answer[0])
                else:
                    self._send(3, [*to, (4, b"s", "org.freedesktop.DBus.Error.UnknownMethod")])
        except OSError:
            return

    def _next(self) -> tuple[int, int, dict[int, object]]:
        """Kind, serial number and header fields."""
        head = self._socket.recv(16, socket.MSG_WAITALL)
        if len(head) < 16:
            raise OSError
        length, serial, size = struct.unpack("<III", head[4:])
        rest = self._socket.recv(size + -size % 8 + length, socket.MSG_WAITALL)
        return head[1], serial, dict(Reader(rest[:size]).fields())

    def _send(
        self, kind: int, fields: list[tuple[int, bytes, object]], body: bytes = b"", signature: bytes = b""
    ) -> None:
        packed = b""
        for code, letter, value in fields:
            packed += bytes(-len(packed) % 8) + bytes((code, 1)) + letter + b"\0"
            packed += struct.pack("<I", value) if isinstance(value, int) else dbus_wire._text(str(value))
        if signature:
            packed += bytes(-len(packed) % 8) + b"\x08\1g\0" + bytes((len(signature),)) + signature + b"\0"
        head = struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), 9, len(packed))
        self._socket.sendall(head + packed + bytes(-(16 + len(packed)) % 8) + body)
