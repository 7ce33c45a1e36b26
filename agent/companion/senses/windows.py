"""The desktop of a Windows session, which is asked: it tells programs without a window nothing by itself."""

import ntpath
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from agent.companion.senses.sense import IDLE_AFTER, Busy, Front, Stall
from agent.companion.senses.versions import Versions
from agent.companion.senses.windows_calls import SESSION_LOCKED, SESSION_UNLOCKED, Calls

LOOK_EVERY = 5.0  # seconds between two looks at whether the window in front answers
HUNG_AFTER = 5.0  # seconds without taking a message, after which Windows calls a window hung

# QUERY_USER_NOTIFICATION_STATE (shellapi.h): everything but these two is a full screen, a presentation, a
# locked session or a screen saver.
QUIET_TIME, ACCEPTS = 6, 5

GHOST = "Ghost"  # class of the picture that Windows shows in place of a window that does not answer
FRAME, CORE = "ApplicationFrameWindow", "Windows.UI.Core.CoreWindow"  # a store application, and its inside

_FIXED_INFO = struct.Struct("<IIHHHH")  # VS_FIXEDFILEINFO up to the file's version, as 16-bit halves
_SIGNATURE = struct.pack("<I", 0xFEEF04BD)


class WindowsSenses:
    name = "windows"

    def __init__(
        self,
        calls: Calls,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._calls, self._clock, self._wall = calls, clock, wall
        self._versions = Versions(lambda path: file_version(calls.version_resource(path)))
        self._hung = HungWindows(calls.hung, calls.exists)

    def fileno(self) -> int | None:
        return None

    def take_events(self) -> None:
        """There are none."""

    def front(self) -> Front | None:
        window = self._front_window()
        return self._front_of(window) if window else None

    def front_known(self) -> str:
        return ""

    def idle_s(self) -> float | None:
        ticks = self._calls.ticks()
        return None if ticks is None else since(*ticks)

    def locked(self) -> bool | None:
        flags = self._calls.session_flags()
        return flags == SESSION_LOCKED if flags in (SESSION_LOCKED, SESSION_UNLOCKED) else None

    def busy(self) -> Busy:
        state, idle = self._calls.notification_state(), self.idle_s()
        return Busy(
            full_screen=None if state is None else state not in (ACCEPTS, QUIET_TIME),
            do_not_disturb=None if state is None else state == QUIET_TIME,
            capturing=in_use(self._calls.uses_of("microphone"), self._calls.uses_of("webcam")),
            idle=None if idle is None else idle >= IDLE_AFTER,
        )

    def stalls(self) -> Sequence[Stall]:
        window = self._front_window()
        return self._hung.look(window, self._front_of, self._clock(), self._wall())

    def look_again_in(self) -> float | None:
        return LOOK_EVERY

    def close(self) -> None:
        """Nothing is held open."""

    def _front_window(self) -> int:
        window = self._calls.front_window()
        is_ghost = window and self._calls.class_of(window) == GHOST
        return self._calls.behind_ghost(window) if is_ghost else window

    def _front_of(self, window: int) -> Front:
        if self._calls.class_of(window) == FRAME:
            window = self._calls.inner_window(window, CORE) or window
        path = self._calls.path_of(window)
        covers = self._calls.notification_state() not in (None, ACCEPTS, QUIET_TIME)
        return Front(ntpath.basename(path), self._versions.of(path), covers)


class Hung(NamedTuple):
    front: Front
    at: float
    began_at: float


class HungWindows:
    """Windows that Windows calls hung, from the first look that found them so until they answer.

    Of a program that was ended meanwhile the Application log tells (event 1002): it is not told twice.
    """

    def __init__(self, hung: Callable[[int], bool], exists: Callable[[int], bool]) -> None:
        self._is_hung, self._exists = hung, exists
        self._hung: dict[int, Hung] = {}

    def look(self, front: int, front_of: Callable[[int], Front], now: float, wall: float) -> list[Stall]:
        """Those that answer again. `front` is the window in front, 0 without one."""
        over = []
        for window, hung in list(self._hung.items()):
            if not self._is_hung(window):
                del self._hung[window]
                if self._exists(window):
                    over.append(Stall(*hung.front[:2], hung.began_at, now - hung.at))
        if front and front not in self._hung and self._is_hung(front):
            self._hung[front] = Hung(front_of(front), now - HUNG_AFTER, wall - HUNG_AFTER)
        return over


def since(now: int, last: int) -> float:
    """Seconds between two readings of a clock that begins again at 0 every 49.7 days."""
    return ((now - last) & 0xFFFFFFFF) / 1000


def in_use(*devices: Iterable[tuple[int, int]] | None) -> bool | None:
    """Whether any program uses one of these devices now; None if that is not known of all."""
    known = [uses for uses in devices if uses is not None]
    if any(begin and not end for uses in known for begin, end in uses):
        return True
    return False if len(known) == len(devices) else None


def file_version(resource: bytes) -> str:
    """As the event log names it: four numbers of the language-neutral part; empty where there are none."""
    at = resource.find(_SIGNATURE)
    if at < 0 or at + _FIXED_INFO.size > len(resource):
        return ""
    _, _, minor, major, revision, build = _FIXED_INFO.unpack_from(resource, at)
    numbers = (major, minor, build, revision)
    return ".".join(map(str, numbers)) if any(numbers) else ""
