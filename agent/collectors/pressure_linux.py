"""Minutes in which work waited for the processor, memory or the disk (docs/scoring.md 3).

The kernel adds up the time in which at least one task waited (PSI, Documentation/accounting/psi.rst) and the
time in which a disk was busy (Documentation/block/stat.rst). Two looks at such a counter tell the share of
the time between them; nothing needs to run in between.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from agent.collectors.options import CollectorOptions
from agent.collectors.pressure import (
    BUSY,
    EVERY,
    LOW_MEMORY,
    Growth,
    pressed,
)
from agent.reading import Collector, Reading
from agent.system.disk_linux import BlockDevice, system_device

STALLED = 0.10  # share of a minute in which work waited

PRESSURE = Path("/proc/pressure")
WAITING = (3, 4)  # of the numbers in the first line of /proc/stat, proc(5): idle, and idle while a disk works
COUNTED_TWICE = 8  # from here on: guests, whose time is in that of users too


def stalled_seconds(text: str) -> float:
    """Total of the line `some avg10=.. avg60=.. avg300=.. total=<microseconds>`."""
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "some":
            return int(rest.rpartition("total=")[2]) / 1e6
    raise ValueError("no line `some` in a pressure file")


def read_stalled(resource: str, folder: Path = PRESSURE) -> float | None:
    """None where the kernel keeps no such account (older than 4.20, or started with psi=0)."""
    try:
        return stalled_seconds((folder / resource).read_text("ascii"))
    except (OSError, ValueError):
        return None


def pages_swapped_in(file: Path = Path("/proc/vmstat")) -> float:
    for line in file.read_text("ascii").splitlines():
        name, _, value = line.partition(" ")
        if name == "pswpin":
            return float(value)
    return 0.0


def busy_processor_seconds(file: Path = Path("/proc/stat")) -> float:
    """Time in which processors worked, averaged over all of them."""
    ticks = [int(number) for number in file.read_text("ascii").split("\n", 1)[0].split()[1:]]
    working = sum(ticks[:COUNTED_TWICE]) - sum(ticks[at] for at in WAITING)
    return working / os.sysconf("SC_CLK_TCK") / (os.cpu_count() or 1)


def available_memory(file: Path = Path("/proc/meminfo")) -> float:
    """Share of the memory that programs could still get."""
    lines = (line.split() for line in file.read_text("ascii").splitlines())
    sizes = {words[0]: int(words[1]) for words in lines if words}
    return sizes["MemAvailable:"] / sizes["MemTotal:"]


class Cpu:
    def __init__(
        self,
        stalled: Callable[[], float | None] = lambda: read_stalled("cpu"),
        busy: Callable[[], float] = busy_processor_seconds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stalled, self._busy = stalled, busy
        self._psi, self._work = Growth(clock), Growth(clock)

    def collect(self, now: float, cursor: str | None) -> Reading:
        stalled = self._stalled()
        if stalled is not None:
            share = self._psi.since_last(stalled)
            return pressed("cpu_pressed", None if share is None else share >= STALLED, "psi")
        share = self._work.since_last(self._busy())
        return pressed("cpu_pressed", None if share is None else share >= BUSY, "busy")


class Memory:
    def __init__(
        self,
        stalled: Callable[[], float | None] = lambda: read_stalled("memory"),
        available: Callable[[], float] = available_memory,
        swapped_in: Callable[[], float] = pages_swapped_in,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stalled, self._available, self._swapped_in = stalled, available, swapped_in
        self._psi, self._swap = Growth(clock), Growth(clock)

    def collect(self, now: float, cursor: str | None) -> Reading:
        stalled = self._stalled()
        if stalled is not None:
            share = self._psi.since_last(stalled)
            return pressed("mem_pressed", None if share is None else share >= STALLED, "psi")
        pages = self._swap.since_last(self._swapped_in())
        short = None if pages is None else pages > 0 and self._available() < LOW_MEMORY
        return pressed("mem_pressed", short, "paging")


class Disk:
    def __init__(
        self,
        device: Callable[[], BlockDevice],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = device
        self._device: BlockDevice | None = None
        self._busy = Growth(clock)

    def collect(self, now: float, cursor: str | None) -> Reading:
        if self._device is None:
            self._device = self._find()
        share = self._busy.since_last(self._device.busy_seconds())
        return pressed("disk_pressed", None if share is None else share >= BUSY, "busy")


def collectors(options: CollectorOptions) -> tuple[Collector, ...]:
    disk = Disk(lambda: system_device(options.system_disk))
    return (
        Collector("cpu", ("cpu",), EVERY, Cpu().collect),
        Collector("memory", ("memory",), EVERY, Memory().collect),
        Collector("disk", ("disk",), EVERY, disk.collect),
    )
