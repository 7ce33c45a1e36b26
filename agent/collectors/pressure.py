"""What all systems share in telling minutes under pressure from others (docs/scoring.md 3)."""

from collections.abc import Callable

from agent.reading import Reading
from agent.signals import Sample

EVERY = 60.0

BUSY = 0.90  # share of a minute, of a processor whose queue is not told or of a disk
LOW_MEMORY = 0.05  # available share


class Growth:
    """How fast a counter grew since the last look, per second of time awake."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: tuple[float, float] | None = None

    def since_last(self, counter: float) -> float | None:
        """None at the first look, and when the counter began anew."""
        tick = self._clock()
        last, self._last = self._last, (tick, counter)
        if last is None or tick <= last[0] or counter < last[1]:
            return None
        return (counter - last[1]) / (tick - last[0])


def pressed(name: str, is_pressed: bool | None, source: str) -> Reading:
    if is_pressed is None:
        return Reading()
    return Reading([Sample(name, float(is_pressed), attributes={"source": source})])
