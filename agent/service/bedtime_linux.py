"""The moment before a laptop falls asleep, as logind tells it (org.freedesktop.login1(5)).

A delay lock asks logind to wait for us, five seconds at most by its default; letting go of it lets the laptop
sleep. Without the right to such a lock the signal still comes, and sleep may be faster than we are.
"""

import ctypes
import fcntl
import os
from ctypes import byref, c_char_p, c_int, c_void_p

from agent.collectors import libsystemd_linux
from agent.collectors.libsystemd_linux import Library

LOGIND, PATH = b"org.freedesktop.login1", b"/org/freedesktop/login1"
MANAGER, GOING = b"org.freedesktop.login1.Manager", b"PrepareForSleep"
RULE = (
    b"type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',"
    b"interface='org.freedesktop.login1.Manager',member='PrepareForSleep'"
)
BUS, BUS_PATH = b"org.freedesktop.DBus", b"/org/freedesktop/DBus"


class Bedtime:
    """`descriptors` are to be waited for and, in a child, closed. OSError at the start without logind."""

    def __init__(self, library: Library) -> None:
        self._lib, self._bus, self._lock = library, c_void_p(), -1
        library.call("sd_bus_open_system", byref(self._bus))
        try:
            self._ask(BUS, BUS_PATH, BUS, b"AddMatch", b"s", RULE)
            self._socket = library.call("sd_bus_get_fd", self._bus)
        except OSError:
            self.close()
            raise
        self.stay()

    @property
    def descriptors(self) -> list[int]:
        return [self._socket, *([self._lock] if self._lock >= 0 else [])]

    @property
    def socket(self) -> int:
        return self._socket

    def told(self) -> list[bool]:
        """What logind said since the last call: True that sleep begins, False that it is over."""
        found = []
        message = c_void_p()
        while self._lib.call("sd_bus_process", self._bus, byref(message)):
            if not message:
                continue
            if self._lib.call("sd_bus_message_is_signal", message, MANAGER, GOING):
                going = c_int()
                self._lib.call("sd_bus_message_read_basic", message, ctypes.c_char(b"b"), byref(going))
                found.append(bool(going.value))
            self._lib.close("sd_bus_message_unref", message)
        return found

    def stay(self) -> None:
        """Ask to be waited for the next time."""
        self.let_go()
        reply = c_void_p()
        try:
            words = (b"sleep", b"dex-agent", b"sends the day so far", b"delay")
            self._ask(LOGIND, PATH, MANAGER, b"Inhibit", b"ssss", *words, reply=reply)
            lent = c_int(-1)
            self._lib.call("sd_bus_message_read_basic", reply, ctypes.c_char(b"h"), byref(lent))
            self._lock = fcntl.fcntl(lent.value, fcntl.F_DUPFD_CLOEXEC, 3)
        except OSError:
            pass  # nobody waits for us then
        finally:
            if reply:
                self._lib.close("sd_bus_message_unref", reply)

    def let_go(self) -> None:
        """The laptop may sleep now."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def close(self) -> None:
        self.let_go()
        self._lib.close("sd_bus_flush_close_unref", self._bus)

    def _ask(
        self,
        name: bytes,
        path: bytes,
        interface: bytes,
        member: bytes,
        types: bytes,
        *words: bytes,
        reply: c_void_p | None = None,
    ) -> None:
        answer = None if reply is None else byref(reply)
        arguments = (name, path, interface, member, None, answer, types, *(c_char_p(word) for word in words))
        self._lib.call("sd_bus_call_method", self._bus, *arguments)


def open_bedtime() -> Bedtime | None:
    """None where nobody tells: no systemd, no logind, a container."""
    library = libsystemd_linux.load()
    if library is None or not library.has("sd_bus_call_method"):
        return None
    try:
        return Bedtime(library)
    except OSError:
        return None
