"""The system's own clocks, which nobody can set: one that goes on while the laptop sleeps, one that does not.

Linux: clock_gettime(2); macOS: clock_gettime(3), whose raw clock goes on in sleep as Linux's does not;
Windows: GetTickCount64 and QueryUnbiasedInterruptTime (sysinfoapi.h, realtimeapiset.h).
"""

import ctypes
import sys
import time
from collections.abc import Callable
from ctypes import byref, c_uint64

GOES_ON_IN_SLEEP = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC_RAW"}
STANDS_STILL_IN_SLEEP = {"linux": "CLOCK_MONOTONIC", "darwin": "CLOCK_UPTIME_RAW"}


def posix_clock(name: str) -> Callable[[], float]:
    """The clock of that name; where there is none, a monotonic one that may or may not go on in sleep."""
    number = getattr(time, name, None)
    if sys.platform == "win32" or number is None:
        return time.monotonic
    return lambda: time.clock_gettime(number)


def ticks_of_windows(load: Callable[[str], ctypes.CDLL]) -> float:
    """Since the start, time asleep included."""
    count = load("kernel32").GetTickCount64
    count.restype = c_uint64
    return float(count()) / 1000


def unbiased_of_windows(load: Callable[[str], ctypes.CDLL]) -> float:
    """Since the start, without time asleep."""
    ticks = c_uint64()
    load("kernel32").QueryUnbiasedInterruptTime(byref(ticks))
    return ticks.value / 1e7


if sys.platform == "win32":
    from agent.system import dll_windows

    def elapsed_seconds() -> float:
        return ticks_of_windows(dll_windows.load)

    def awake_seconds() -> float:
        return unbiased_of_windows(dll_windows.load)

else:
    elapsed_seconds = posix_clock(GOES_ON_IN_SLEEP.get(sys.platform, ""))
    awake_seconds = posix_clock(STANDS_STILL_IN_SLEEP.get(sys.platform, ""))
