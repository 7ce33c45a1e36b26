"""How long the laptop was awake: crashes of the system are counted per hour of it."""

from collections.abc import Callable

from agent.reading import Collector, Effort, Reading
from agent.signals import Sample
from agent.system.system_clocks import awake_seconds

EVERY = 60.0


class Awake:
    """Seconds since the last look, without those asleep."""

    def __init__(self, clock: Callable[[], float] = awake_seconds) -> None:
        self._clock = clock
        self._last: float | None = None

    def collect(self, now: float, cursor: str | None) -> Reading:
        tick = self._clock()
        last, self._last = self._last, tick
        if last is None:
            return Reading()
        return Reading([Sample("on_s", tick - last)])


def collector() -> Collector:
    return Collector("awake", (), EVERY, Awake().collect, effort=Effort.WAITS)
