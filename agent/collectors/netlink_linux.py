"""Questions to the kernel over generic netlink (linux/netlink.h, linux/genetlink.h)."""

import errno
import os
import socket
import struct
from collections.abc import Iterator

NETLINK_GENERIC = 16
REQUEST, REQUEST_ACK, REQUEST_DUMP = 0x01, 0x05, 0x301
ERROR, DONE = 2, 3
CTRL, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 16, 3, 1, 2
HEAD = 20
"""Bytes of both headers of a message; its attributes follow."""
LONGEST = 65536
ANSWER_SECONDS = 2.0
KIND = 0x3FFF
"""Of an attribute's number; the two highest bits are flags."""


class Netlink:
    """An open socket. OSError where the kernel has none."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.bind((0, 0))

    def family(self, name: str) -> int:
        """The number of a family of questions; OSError ENOENT where the kernel does not have it."""
        answer = self.ask(CTRL, GET_FAMILY, attribute(FAMILY_NAME, name.encode("ascii") + b"\0"))
        for kind, value in attributes(answer[HEAD:]):
            if kind == FAMILY_ID:
                return int(struct.unpack_from("=H", value)[0])
        raise OSError(errno.ENOENT, f"the kernel has no {name}")

    def ask(self, family: int, command: int, body: bytes, flags: int = REQUEST) -> bytes:
        """Sends one request; its answer, or OSError with the kernel's own error number."""
        self._send(family, command, body, flags)
        while True:
            answer = self.socket.recv(LONGEST)
            if _ends(answer, 0) or flags == REQUEST:
                return answer

    def ask_for_all(self, family: int, command: int, body: bytes) -> list[bytes]:
        """Every message of an answer that is a list, each without its headers."""
        self._send(family, command, body, REQUEST_DUMP)
        found: list[bytes] = []
        while True:
            answer, at = self.socket.recv(LONGEST), 0
            while at + HEAD <= len(answer):
                if _ends(answer, at):
                    return found
                length = int(struct.unpack_from("=I", answer, at)[0])
                found.append(answer[at + HEAD : at + length])
                at += max(HEAD, length + 3 & ~3)

    def close(self) -> None:
        self.socket.close()

    def _send(self, family: int, command: int, body: bytes, flags: int) -> None:
        text = struct.pack("=BBxx", command, 1) + body
        self.socket.send(struct.pack("=IHHII", 16 + len(text), family, flags, 1, 0) + text)


def _ends(answer: bytes, at: int) -> bool:
    """Whether this message is the last of its kind; OSError if it is a refusal."""
    kind = struct.unpack_from("=H", answer, at + 4)[0]
    if kind == ERROR and (number := -struct.unpack_from("=i", answer, at + 16)[0]):
        raise OSError(number, os.strerror(number))
    return kind in (ERROR, DONE)


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and value of each; whatever is cut off is left out."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > len(data):
            return
        yield kind & KIND, data[at + 4 : at + length]
        at += length + 3 & ~3
