"""Sessions of people on Windows, and when somebody last typed or moved the mouse in them (wtsapi32.h).

A service has no desktop of its own, so it asks for what the terminal services know of the others.
"""

import ctypes
from collections.abc import Callable
from ctypes import POINTER, byref, c_int32, c_int64, c_uint16, c_uint32, c_void_p, c_wchar_p, cast
from dataclasses import dataclass

from agent.reading import SourceAbsent
from agent.system import dll_windows

ACTIVE = 0  # WTSActive: somebody is signed in and connected
INFO_EX = 25  # WTSSessionInfoEx
LOCKED = 0  # WTS_SESSIONSTATE_LOCK
TICKS = 1e7  # a second has so many units of 100 ns


@dataclass(frozen=True, slots=True)
class Session:
    """`last_input` is 0 where it is not kept; both times are in seconds of the same clock."""

    id: int
    locked: bool
    last_input: float
    now: float


class _Info(ctypes.Structure):
    """WTS_SESSION_INFOW"""

    _fields_ = (("id", c_uint32), ("station", c_wchar_p), ("state", c_int32))


class _Level1(ctypes.Structure):
    """WTSINFOEX_LEVEL1_W up to what is read; names of people are skipped over."""

    _fields_ = (
        ("id", c_uint32),
        ("state", c_int32),
        ("flags", c_int32),
        ("station", c_uint16 * 33),
        ("user", c_uint16 * 21),
        ("domain", c_uint16 * 18),
        ("logon", c_int64),
        ("connect", c_int64),
        ("disconnect", c_int64),
        ("last_input", c_int64),
        ("now", c_int64),
    )


class InfoEx(ctypes.Structure):
    """WTSINFOEXW"""

    _fields_ = (("level", c_uint32), ("data", _Level1))


def session_of(info: InfoEx) -> Session:
    data = info.data
    return Session(data.id, data.flags == LOCKED, data.last_input / TICKS, data.now / TICKS)


def active_sessions(load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> list[Session]:
    """Sessions in which somebody is signed in and not disconnected; SourceAbsent if nobody can tell."""
    api = load("wtsapi32")
    api.WTSFreeMemory.argtypes = (c_void_p,)
    first, count = c_void_p(), c_uint32()
    if not api.WTSEnumerateSessionsW(None, 0, 1, byref(first), byref(count)):
        raise SourceAbsent(f"Windows does not say who is signed in (error {dll_windows.last_error()}).")
    try:
        known = cast(first, POINTER(_Info * count.value)).contents
        active = [info.id for info in known if info.state == ACTIVE]
    finally:
        api.WTSFreeMemory(first)
    return [session for number in active if (session := _ask(api, number))]


def _ask(api: ctypes.CDLL, number: int) -> Session | None:
    """None for a session that ended in this moment."""
    info, size = c_void_p(), c_uint32()
    if not api.WTSQuerySessionInformationW(None, number, INFO_EX, byref(info), byref(size)):
        return None
    try:
        whole = size.value >= ctypes.sizeof(InfoEx)
        return session_of(cast(info, POINTER(InfoEx)).contents) if whole else None
    finally:
        api.WTSFreeMemory(info)
