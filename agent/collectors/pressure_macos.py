"""Minutes in which work waited on macOS (docs/scoring.md 3).

Processor: the load of the last minute per core, with hardly any idle time left. Memory: the pressure level
that the kernel tells applications. Disk: how long a transfer took on average.
"""

import time
from collections.abc import Callable

import psutil

from agent.collectors.load import idle_processor_seconds
from agent.collectors.pressure import BUSY, EVERY, Growth, pressed
from agent.reading import Collector, Reading, SourceAbsent
from agent.system import sysctl_macos

HIGH_LOAD = 2.0  # per core
LEVEL = "kern.memorystatus_vm_pressure_level"
WARNING = 2  # 1 normal, 2 warning, 4 critical (dispatch/source.h)
SLOW_MS = 50.0  # a transfer, on average
ENOUGH = 10  # transfers in the minute
SYSTEM_DISK = "disk0"  # the built-in one

Disks = Callable[[], dict[str, tuple[int, int]]]


def transfers() -> dict[str, tuple[int, int]]:
    """Of each disk, transfers since the start and the milliseconds they took."""
    disks = psutil.disk_io_counters(perdisk=True)
    return {
        name: (disk.read_count + disk.write_count, disk.read_time + disk.write_time)
        for name, disk in disks.items()
    }


class Cpu:
    def __init__(
        self,
        load: Callable[[], float] = lambda: psutil.getloadavg()[0],
        idle: Callable[[], float] = idle_processor_seconds,
        cores: Callable[[], int | None] = psutil.cpu_count,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._idle, self._cores = load, idle, cores
        self._rest = Growth(clock)

    def collect(self, now: float, cursor: str | None) -> Reading:
        idle = self._rest.since_last(self._idle())
        if idle is None:
            return Reading()
        waits = self._load() / (self._cores() or 1) >= HIGH_LOAD
        return pressed("cpu_pressed", waits and 1 - idle >= BUSY, "load")


class Memory:
    def __init__(self, level: Callable[[], int | None] = lambda: sysctl_macos.number(LEVEL)) -> None:
        self._level = level

    def collect(self, now: float, cursor: str | None) -> Reading:
        level = self._level()
        if level is None:
            raise SourceAbsent("The kernel does not say when memory is short.")
        return pressed("mem_pressed", level >= WARNING, "level")


class Disk:
    def __init__(self, transfers: Disks = transfers) -> None:
        self._transfers = transfers
        self._last: tuple[int, int] | None = None

    def collect(self, now: float, cursor: str | None) -> Reading:
        disks = self._transfers()
        if SYSTEM_DISK not in disks:
            raise SourceAbsent("The system disk does not say how long its transfers take.")
        count, took_ms = disks[SYSTEM_DISK]
        last, self._last = self._last, (count, took_ms)
        if last is None or count < last[0]:
            return Reading()
        new = count - last[0]
        slow = new >= ENOUGH and (took_ms - last[1]) / new >= SLOW_MS
        return pressed("disk_pressed", slow, "transfer")


def collectors() -> tuple[Collector, ...]:
    return (
        Collector("cpu", ("cpu",), EVERY, Cpu().collect),
        Collector("memory", ("memory",), EVERY, Memory().collect),
        Collector("disk", ("disk",), EVERY, Disk().collect),
    )
