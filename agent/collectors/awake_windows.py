"""Time awake on Windows, whose monotonic clock goes on during sleep."""

from agent.collectors.awake import EVERY, Awake
from agent.reading import Collector, Effort
from agent.system import dll_windows
from agent.system.system_clocks import unbiased_of_windows


def awake_seconds() -> float:
    """Since the start, without time asleep."""
    return unbiased_of_windows(dll_windows.load)


def collector() -> Collector:
    return Collector("awake", (), EVERY, Awake(awake_seconds).collect, effort=Effort.WAITS)
