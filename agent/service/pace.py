"""Which sources are due, each on a clock of its own: one runs always, one while somebody is at work, one
only in bad minutes. On battery they are looked at half as often or not at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from agent.language.words import said
from agent.local_time import MINUTE
from agent.reading import Effort, Reading, When
from agent.service.looks import NEVER_LOOKED, NOT_NOW, Watch
from agent.store.minutes import EVERY_MINUTE
from agent.system.clock import Clock
from agent.system.power import Power, power_now

HALF = 2.0
STRETCH: Mapping[Power, Mapping[Effort, float]] = {
    Power.MAINS: dict.fromkeys(Effort, 1.0),
    Power.BATTERY: {Effort.WAITS: HALF, Effort.LOOKS: HALF, Effort.SCANS: NOT_NOW},
    Power.SAVER: {Effort.WAITS: HALF, Effort.LOOKS: NOT_NOW, Effort.SCANS: NOT_NOW},
}
POWER_EVERY = 60.0
"""Seconds between two looks at the plug."""
SPARED = said("Not looked at while the battery saver is on.")
THROTTLED = said("Looked at less often, because the agent was over its budget of processor time.")

PRESSED = frozenset({"cpu_pressed", "mem_pressed", "disk_pressed"})


class Pace:
    """Seconds on each of the three clocks, and whether the last two are running."""

    def __init__(self, clock: Clock, power: Callable[[], Power] = power_now) -> None:
        self._clock, self._read_power = clock, power
        self.power = Power.MAINS
        self._power_read = self._spared_at = float("-inf")
        self._awake = clock.awake()
        self._active = True
        self._active_s = self._pressed_s = 0.0
        self._pressed = False

    @property
    def half(self) -> bool:
        """Whether a look at the past minute stands for two; so does the first one after the plug is back."""
        return self._clock.elapsed() - self._spared_at <= HALF * MINUTE

    def set(self, watches: Sequence[Watch], throttled: Mapping[str, float]) -> None:
        """Give every source the interval that the power and the agent's own budget allow now."""
        elapsed = self._clock.elapsed()
        if elapsed - self._power_read >= POWER_EVERY:
            self._power_read, self.power = elapsed, self._read_power()
        if self.power is not Power.MAINS:
            self._spared_at = elapsed
        for watch in watches:
            collector = watch.collector
            more = throttled.get(collector.name, 1.0)
            stretch = STRETCH[self.power][collector.effort] * more
            why = SPARED if stretch == NOT_NOW else THROTTLED if more > 1 else ""
            by_the_minute = any(source in EVERY_MINUTE for source in collector.covers)
            watch.keep_pace(stretch, self.clock(collector.when), why if by_the_minute else "")

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
        """Those to be looked at now. What waits for somebody at work has one look before, at the start:
        else nobody would know whether it can be read.
        """
        if when is When.PRESSED and not self._pressed:
            return []
        waits = when is When.ACTIVE and not self._active
        now = self.clock(when)
        return [
            watch
            for watch in watches
            if watch.collector.when is when
            and watch.due <= (NEVER_LOOKED if waits else now)
            and watch.stretch != NOT_NOW
        ]

    def next_due(self, watches: Sequence[Watch]) -> float:
        """When the next of those is due that are always looked at, on the clock of elapsed seconds."""
        return min(
            (w.due for w in watches if w.collector.when is When.ALWAYS and w.stretch != NOT_NOW),
            default=float("inf"),
        )


def _tells_of_a_bad_minute(reading: Reading) -> bool:
    if any(event.kind == "hang" for event in reading.events):
        return True
    return any(sample.name in PRESSED and sample.value > 0 for sample in reading.samples)
