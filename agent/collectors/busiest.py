"""What was at work right after a bad minute: three names and their shares, for the laptop's owner alone.

All processes are gone through twice, a second apart. Names of programs, never what they were started with.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from agent.reading import Collector, Effort, Reading, When
from agent.store.busy_processes import BusyProcess

EVERY = 60.0
REST = 570.0
"""Seconds between two looks at least: a laptop that is slow all day is not made slower."""
PAUSE = 1.0
MOST = 3
LEAST = 0.01
"""Whoever takes less of both, processors and memory, was not at work."""


class Usage(NamedTuple):
    """Of one process since it began: seconds of processor time, and the memory it has now in bytes."""

    name: str
    cpu_s: float
    memory: float


Usages = Mapping[tuple[int, float], Usage]
"""By process number and when it began, as numbers are used again."""


def shares(before: Usages, after: Usages, seconds: float, memory: float) -> list[BusyProcess]:
    """The busiest names, those of processes of one name added up. `seconds` of all processors together."""
    cpu: dict[str, float] = {}
    held: dict[str, float] = {}
    for key, now in after.items():
        used = now.cpu_s - (before[key].cpu_s if key in before else 0.0)
        cpu[now.name] = cpu.get(now.name, 0.0) + used / seconds
        held[now.name] = held.get(now.name, 0.0) + now.memory / memory
    found = [BusyProcess(name, min(cpu[name], 1.0), min(held[name], 1.0)) for name in cpu if name]
    found = [one for one in found if max(one.cpu, one.memory) >= LEAST]
    return sorted(found, key=lambda one: -max(one.cpu, one.memory))[:MOST]


class Busiest:
    """`memory` is what the laptop has, in bytes."""

    def __init__(
        self,
        usages: Callable[[], Usages],
        memory: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._usages, self._memory, self._clock, self._pause = usages, memory, clock, pause
        self._last = float("-inf")

    def collect(self, now: float, cursor: str | None) -> Reading:
        began = self._clock()
        if began - self._last < REST:
            return Reading()
        self._last = began
        before = self._usages()
        self._pause(PAUSE)
        after = self._usages()
        seconds = (self._clock() - began) * (os.cpu_count() or 1)
        return Reading(busiest=shares(before, after, seconds, self._memory))


def collector(usages: Callable[[], Usages], memory: float) -> Collector:
    return Collector("busiest", (), EVERY, Busiest(usages, memory).collect, When.PRESSED, Effort.SCANS)
