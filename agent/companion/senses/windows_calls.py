"""The calls of Windows that senses need (winuser.h, winbase.h, shellapi.h, wtsapi32.h, winver.h), by ctypes.

Each gives a plain answer, or None where Windows gives none. Titles of windows are never asked for.
"""

import ctypes
import struct
import sys
from collections.abc import Callable, Iterator
from ctypes import byref, c_int32, c_uint32, c_void_p, c_wchar_p

from agent.companion.senses.sense import Unavailable

QUERY_LIMITED = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
OWN_SESSION, SESSION_INFO_EX = 0xFFFFFFFF, 25  # WTS_CURRENT_SESSION, WTSSessionInfoEx
SESSION_LOCKED, SESSION_UNLOCKED = 0, 1
LONGEST_PATH = 32768
LONGEST_CLASS = 256
LARGEST_RESOURCE = 1024 * 1024
CONSENT = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore"

_LIBRARIES = ("user32", "kernel32", "shell32", "wtsapi32", "version")


def load(name: str) -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.WinDLL(name)
    raise Unavailable("This system is not Windows.")


class LastInput(ctypes.Structure):
    """LASTINPUTINFO"""

    _fields_ = (("size", c_uint32), ("tick", c_uint32))


class Calls:
    def __init__(self, load: Callable[[str], ctypes.CDLL] = load) -> None:
        user, kernel, shell, terminal, version = (load(name) for name in _LIBRARIES)
        self._user, self._kernel, self._shell = user, kernel, shell
        self._terminal, self._version = terminal, version
        for function in (user.GetForegroundWindow, user.FindWindowExW, kernel.OpenProcess):
            function.restype = c_void_p
        terminal.WTSFreeMemory.argtypes = (c_void_p,)
        self._behind_ghost = getattr(user, "HungWindowFromGhostWindow", None)
        if self._behind_ghost is not None:
            self._behind_ghost.restype = c_void_p

    def front_window(self) -> int:
        """0 while nothing is in front, as at the sign-in screen."""
        return self._user.GetForegroundWindow() or 0

    def class_of(self, window: int) -> str:
        """The kind of a window, as its program named it; the same on all computers."""
        name = ctypes.create_unicode_buffer(LONGEST_CLASS)
        self._user.GetClassNameW(c_void_p(window), name, LONGEST_CLASS)
        return name.value

    def behind_ghost(self, ghost: int) -> int:
        """The window that does not answer, for which Windows shows a ghost; 0 if it cannot be told."""
        return (self._behind_ghost(c_void_p(ghost)) or 0) if self._behind_ghost else 0

    def inner_window(self, window: int, kind: str) -> int:
        return self._user.FindWindowExW(c_void_p(window), None, c_wchar_p(kind), None) or 0

    def path_of(self, window: int) -> str:
        """Path of the program that a window belongs to; empty where this account may not know."""
        pid = c_uint32()
        self._user.GetWindowThreadProcessId(c_void_p(window), byref(pid))
        process = self._kernel.OpenProcess(QUERY_LIMITED, 0, pid.value) if pid.value else None
        if not process:
            return ""
        try:
            path, size = ctypes.create_unicode_buffer(LONGEST_PATH), c_uint32(LONGEST_PATH)
            told = self._kernel.QueryFullProcessImageNameW(c_void_p(process), 0, path, byref(size))
            return path.value if told else ""
        finally:
            self._kernel.CloseHandle(c_void_p(process))

    def hung(self, window: int) -> bool:
        """It has not taken a message for five seconds."""
        return bool(self._user.IsHungAppWindow(c_void_p(window)))

    def exists(self, window: int) -> bool:
        return bool(self._user.IsWindow(c_void_p(window)))

    def ticks(self) -> tuple[int, int] | None:
        """Now, and of the last input: milliseconds of a clock of 32 bits."""
        last = LastInput(ctypes.sizeof(LastInput))
        if not self._user.GetLastInputInfo(byref(last)):
            return None
        return self._kernel.GetTickCount() & 0xFFFFFFFF, last.tick

    def notification_state(self) -> int | None:
        """QUERY_USER_NOTIFICATION_STATE"""
        state = c_int32()
        return None if self._shell.SHQueryUserNotificationState(byref(state)) else state.value

    def session_flags(self) -> int | None:
        """Of WTSINFOEX_LEVEL1_W, of this session."""
        info, size = c_void_p(), c_uint32()
        asked = (None, c_uint32(OWN_SESSION), SESSION_INFO_EX, byref(info), byref(size))
        if not self._terminal.WTSQuerySessionInformationW(*asked) or not info:
            return None
        try:
            head = ctypes.string_at(info, 20) if size.value >= 20 else b""
        finally:
            self._terminal.WTSFreeMemory(info)
        return int(struct.unpack_from("<i", head, 16)[0]) if head else None

    def version_resource(self, path: str) -> bytes:
        """The resource as it stands in a program; empty where there is none."""
        name = c_wchar_p(path)
        size = min(self._version.GetFileVersionInfoSizeW(name, None), LARGEST_RESOURCE)
        buffer = ctypes.create_string_buffer(max(size, 1))
        told = size and self._version.GetFileVersionInfoW(name, 0, size, buffer)
        return buffer.raw if told else b""

    def uses_of(self, device: str) -> list[tuple[int, int]] | None:
        """Begin and end of each program's last use of "microphone" or "webcam"; the end is 0 while it lasts.

        None where this Windows does not keep them.
        """
        uses: list[tuple[int, int]] | None = None
        if sys.platform == "win32":
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{CONSENT}\{device}") as key:
                    uses = [use for program in _programs(key) if (use := _use(program)) is not None]
            except OSError:
                uses = None
        return uses


if sys.platform == "win32":
    import winreg

    def _programs(key: winreg.HKEYType) -> Iterator[winreg.HKEYType]:
        """Keys of the programs: those of the store, and the others one level below."""
        for number in range(winreg.QueryInfoKey(key)[0]):
            name = winreg.EnumKey(key, number)
            with winreg.OpenKey(key, name) as inner:
                if name == "NonPackaged":
                    yield from _programs(inner)
                else:
                    yield inner

    def _use(key: winreg.HKEYType) -> tuple[int, int] | None:
        try:
            begin, _ = winreg.QueryValueEx(key, "LastUsedTimeStart")
            end, _ = winreg.QueryValueEx(key, "LastUsedTimeStop")
        except OSError:
            return None  # this program never used it
        return int(begin), int(end)
