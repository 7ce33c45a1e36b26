"""Which sources are due, each on a clock of its own: one runs always, one while somebody is at work, one
only in bad minutes.
"""

from collections.abc import Iterable, Sequence

from agent.clock import Clock
from agent.collectors.reading import Reading, When
from agent.local_time import MINUTE
from agent.looks import Watch

PRESSED = frozenset({"cpu_pressed", "mem_pressed", "disk_pressed"})


class Pace:
    """Seconds on each of the three clocks, and whether the last two are running."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._awake = clock.awake()
        self._active = True
        self._active_s = self._pressed_s = 0.0
        self._pressed = False

    def note(self, readings: Iterable[Reading], active_is_known: bool) -> None:
        """Take over what this round of looks told about the past minute."""
        readings = list(readings)
        found = [s.value for reading in readings for s in reading.samples if s.name == "active_s"]
        if found or not active_is_known:
            self._active = not found or max(found) > 0
        awake = self._clock.awake()
        if self._active:
            self._active_s += awake - self._awake
        self._awake = awake
        self._pressed = any(_tells_of_a_bad_minute(reading) for reading in readings)
        if self._pressed:
            self._pressed_s += MINUTE

    def clock(self, when: When) -> float:
        """Seconds so far of the time that counts."""
        if when is When.ALWAYS:
            return self._clock.elapsed()
        return self._active_s if when is When.ACTIVE else self._pressed_s

    def due(self, watches: Sequence[Watch], when: When) -> list[Watch]:
        """Those to be looked at now."""
        if (when is When.ACTIVE and not self._active) or (when is When.PRESSED and not self._pressed):
            return []
        now = self.clock(when)
        return [watch for watch in watches if watch.collector.when is when and watch.due <= now]

    def next_due(self, watches: Sequence[Watch]) -> float:
        """When the next of those is due that are always looked at, on the clock of elapsed seconds."""
        due = (watch.due for watch in watches if watch.collector.when is When.ALWAYS)
        return min(due, default=float("inf"))


def _tells_of_a_bad_minute(reading: Reading) -> bool:
    if any(event.kind == "hang" for event in reading.events):
        return True
    return any(sample.name in PRESSED and sample.value > 0 for sample in reading.samples)
