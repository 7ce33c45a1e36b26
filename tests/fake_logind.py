"""A bus of its own with somebody on it who says what logind says before and after sleep.

Speaks the wire protocol itself (D-Bus specification, "Message Protocol"): it answers Inhibit with a real
descriptor, and tells when the last copy of that is closed.
"""

import array
import os
import select
import shutil
import socket
import struct
import subprocess
from pathlib import Path

CALL, RETURN, SIGNAL = 1, 2, 4
PATH, INTERFACE, MEMBER, REPLY_TO, DESTINATION, SENDER, SIGNATURE, FDS = 1, 2, 3, 5, 6, 7, 8, 9
MANAGER = "org.freedesktop.login1.Manager"

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/></policy></busconfig>"""


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<I", len(raw)) + raw + b"\0"


def padded(raw: bytes, to: int) -> bytes:
    return raw + bytes(-len(raw) % to)


def field(code: int, kind: str, value: bytes) -> bytes:
    return bytes([code, 1, ord(kind), 0]) + value


def name_field(code: int, value: str) -> bytes:
    kind = "o" if code == PATH else "s"
    return field(code, kind, text(value))


def message(kind: int, serial: int, fields: list[bytes], signature: str = "", body: bytes = b"") -> bytes:
    if signature:
        fields = [*fields, field(SIGNATURE, "g", bytes([len(signature)]) + signature.encode() + b"\0")]
    packed = b""
    for one in fields:
        packed = padded(packed, 8) + one
    head = struct.pack("<cBBBII", b"l", kind, 0, 1, len(body), serial) + struct.pack("<I", len(packed))
    return padded(head + packed, 8) + body


class FakeLogind:
    """Owns logind's name on a private bus; `lent` are the ends of the locks it gave away."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("dbus-daemon")
        assert program is not None
        socket_path, config = folder / "bus", folder / "bus.conf"
        config.write_text(CONFIG.format(path=socket_path))
        self._daemon = subprocess.Popen(
            [program, f"--config-file={config}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        self._way = socket.socket(socket.AF_UNIX)
        self._way.connect(str(socket_path))
        self._way.settimeout(10)
        self._serial = 0
        self.lent: list[int] = []
        uid = str(os.getuid()).encode().hex()
        self._way.sendall(f"\0AUTH EXTERNAL {uid}\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n".encode())
        said = b""
        while said.count(b"\r\n") < 2:
            said += self._way.recv(1000)
        self._call_bus("Hello")
        self._call_bus("RequestName", "su", padded(text("org.freedesktop.login1"), 4) + struct.pack("<I", 0))
        said = b""
        while said.count(b"NameAcquired") < 2:  # its own number, and logind's name
            said += self._way.recv(65536)

    def _send(self, kind: int, fields: list[bytes], signature: str = "", body: bytes = b"") -> None:
        self._serial += 1
        self._way.sendall(message(kind, self._serial, fields, signature, body))

    def _call_bus(self, member: str, signature: str = "", body: bytes = b"") -> None:
        name = "org.freedesktop.DBus"
        fields = [
            name_field(PATH, "/org/freedesktop/DBus"),
            name_field(INTERFACE, name),
            name_field(MEMBER, member),
            name_field(DESTINATION, name),
        ]
        self._send(CALL, fields, signature, body)

    def say(self, going_to_sleep: bool) -> None:
        fields = [
            name_field(PATH, "/org/freedesktop/login1"),
            name_field(INTERFACE, MANAGER),
            name_field(MEMBER, "PrepareForSleep"),
        ]
        self._send(SIGNAL, fields, "b", struct.pack("<I", going_to_sleep))

    def lend_lock(self, seconds: float = 10) -> None:
        """Answer the next Inhibit with one end of a pipe."""
        raw = b""
        while b"Inhibit\0" not in raw:
            assert select.select([self._way], [], [], seconds)[0], "nobody asked for a lock"
            raw += self._way.recv(65536)
        start = raw.rindex(b"l\x01", 0, raw.index(b"Inhibit\0"))
        serial = struct.unpack_from("<I", raw, start + 8)[0]
        sender = raw[raw.index(b":1.", start) :].partition(b"\0")[0].decode()
        kept, given = os.pipe()
        self.lent.append(kept)
        fields = [
            field(REPLY_TO, "u", struct.pack("<I", serial)),
            name_field(DESTINATION, sender),
            field(FDS, "u", struct.pack("<I", 1)),
        ]
        self._serial += 1
        answer = message(RETURN, self._serial, fields, "h", struct.pack("<I", 0))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [given]))]
        self._way.sendmsg([answer], rights)
        os.close(given)

    def is_held(self, number: int, seconds: float = 0) -> bool:
        """Whether somebody still has that lock; waits so long for its end."""
        return not select.select([self.lent[number]], [], [], seconds)[0]

    def close(self) -> None:
        self._way.close()
        for descriptor in self.lent:
            os.close(descriptor)
        self._daemon.terminate()
        self._daemon.wait(10)
        if self._daemon.stdout is not None:
            self._daemon.stdout.close()
