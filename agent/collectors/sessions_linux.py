"""The desktop session at the screen, as logind knows it (sd-login(3), org.freedesktop.login1(5))."""

from ctypes import byref, c_char, c_int, c_void_p
from dataclasses import dataclass

from agent.collectors import libsystemd_linux

SEAT = b"seat0"
GRAPHICAL = frozenset({"x11", "wayland", "mir"})

_LOGIND = b"org.freedesktop.login1"
_SESSION = b"org.freedesktop.login1.Session"
_PATHS = b"/org/freedesktop/login1/session"


@dataclass(frozen=True, slots=True)
class DesktopSession:
    """`idle` is the desktop's own flag: only as good as the desktop that sets it."""

    idle: bool
    locked: bool


class Logind:
    """Keeps one connection to the system bus; opened anew when it broke."""

    def __init__(self, library: libsystemd_linux.Library) -> None:
        self._lib = library
        self._bus = c_void_p()

    def desktop(self) -> DesktopSession | None:
        """The session of a person at the screen; None at the sign-in screen, on a console, without a seat.

        Raises OSError if logind does not answer.
        """
        session = self._active_session()
        if session is None or self._text("sd_session_get_class", session) != "user":
            return None
        if self._text("sd_session_get_type", session) not in GRAPHICAL:
            return None
        return DesktopSession(self._flag(session, b"IdleHint"), self._flag(session, b"LockedHint"))

    def _active_session(self) -> bytes | None:
        session = self._text("sd_seat_get_active", SEAT, after=(None,))
        return session.encode() or None

    def _text(self, function: str, argument: bytes, after: tuple[None, ...] = ()) -> str:
        try:
            return self._lib.text(function, argument, after=after)
        except OSError:
            return ""  # no such seat, nobody there, or not known

    def _flag(self, session: bytes, name: bytes) -> bool:
        path = self._lib.text("sd_bus_path_encode", _PATHS, session).encode()
        try:
            if not self._bus:
                self._lib.call("sd_bus_open_system", byref(self._bus))
            value = c_int()
            arguments = (_LOGIND, path, _SESSION, name, None, c_char(b"b"), byref(value))
            self._lib.call("sd_bus_get_property_trivial", self._bus, *arguments)
        except OSError:
            self.close()
            raise
        return bool(value.value)

    def close(self) -> None:
        if self._bus:
            self._lib.close("sd_bus_flush_close_unref", self._bus)
            self._bus = c_void_p()
