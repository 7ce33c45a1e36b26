"""Time awake on Windows, whose monotonic clock goes on during sleep (QueryUnbiasedInterruptTime)."""

from ctypes import byref, c_uint64

from agent.collectors import dll_windows
from agent.collectors.awake import EVERY, Awake
from agent.collectors.reading import Collector, Effort


def awake_seconds() -> float:
    """Since the start, without time asleep."""
    ticks = c_uint64()
    dll_windows.load("kernel32").QueryUnbiasedInterruptTime(byref(ticks))
    return ticks.value / 1e7


def collector() -> Collector:
    return Collector("awake", (), EVERY, Awake(awake_seconds).collect, effort=Effort.WAITS)
