"""Minutes in which work waited on Windows (docs/scoring.md 3), by its performance counters.

Processor: mean length of its queue, per logical core. Memory: little available and pages read back from
disk. Disk: the system's volume was hardly ever idle.
"""

import os
from collections.abc import Callable

import psutil

from agent.collectors.awake_windows import awake_seconds
from agent.collectors.counters_windows import Counters
from agent.collectors.load import available_memory, idle_processor_seconds
from agent.collectors.pressure import (
    BUSY,
    EVERY,
    LOW_MEMORY,
    Growth,
    pressed,
)
from agent.reading import Collector, Reading, SourceAbsent

LOOK_EVERY = 10.0  # at the queue, which is counted at a moment only

LONG_QUEUE = 2.0  # per core
HARD_READS = 100.0  # a second
QUEUE = r"\System\Processor Queue Length"
PAGE_READS = r"\Memory\Page Reads/sec"


def idle_of(drive: str) -> str:
    return rf"\LogicalDisk({drive})\% Idle Time"


Read = Callable[[], list[float | None]]


class Cpu:
    """Looks several times a minute; tells once a minute."""

    def __init__(
        self,
        queue: Read,
        cores: Callable[[], int | None] = psutil.cpu_count,
        idle: Callable[[], float] = idle_processor_seconds,
        clock: Callable[[], float] = awake_seconds,
    ) -> None:
        self._queue, self._cores, self._clock = queue, cores, clock
        self._idle, self._work = idle, Growth(clock)
        self._lengths: list[float] = []
        self._told: float | None = None

    def collect(self, now: float, cursor: str | None) -> Reading:
        self._lengths += self._length()
        tick = self._clock()
        told, self._told = self._told, self._told or tick
        if told is None or tick - told < EVERY - LOOK_EVERY / 2:
            return Reading()
        self._told = tick
        idle = self._work.since_last(self._idle())
        lengths, self._lengths = self._lengths, []
        if lengths:
            mean = sum(lengths) / len(lengths) / (self._cores() or 1)
            return pressed("cpu_pressed", mean >= LONG_QUEUE, "queue")
        return pressed("cpu_pressed", None if idle is None else 1 - idle >= BUSY, "busy")

    def _length(self) -> list[float]:
        try:
            return [length for length in self._queue() if length is not None]
        except SourceAbsent:
            return []


class Memory:
    def __init__(self, page_reads: Read, available: Callable[[], float] = available_memory) -> None:
        self._page_reads, self._available = page_reads, available

    def collect(self, now: float, cursor: str | None) -> Reading:
        (reads,) = self._page_reads()
        short = None if reads is None else reads >= HARD_READS and self._available() < LOW_MEMORY
        return pressed("mem_pressed", short, "paging")


class Disk:
    def __init__(self, idle: Read) -> None:
        self._idle = idle

    def collect(self, now: float, cursor: str | None) -> Reading:
        (idle,) = self._idle()
        return pressed("disk_pressed", None if idle is None else 100 - idle >= 100 * BUSY, "busy")


def collectors() -> tuple[Collector, ...]:
    drive = os.environ.get("SystemDrive", "C:")  # noqa: SIM112 (as Windows spells it)
    return (
        Collector("cpu", ("cpu",), LOOK_EVERY, Cpu(Counters([QUEUE]).read).collect),
        Collector("memory", ("memory",), EVERY, Memory(Counters([PAGE_READS]).read).collect),
        Collector("disk", ("disk",), EVERY, Disk(Counters([idle_of(drive)]).read).collect),
    )
