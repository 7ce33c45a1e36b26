"""Minutes of active use on macOS (docs/scoring.md 3): keyboard, mouse or trackpad within the last minute.

The time since the last input is a property of the input system that every account may read. What is typed
is not in it.
"""

from collections.abc import Callable

from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.signals import Sample
from agent.system.registry_macos import Property, Registry

EVERY = 60.0
MINUTE = 60.0

INPUT, IDLE_TIME = "IOHIDSystem", "HIDIdleTime"  # in nanoseconds

Read = Callable[..., dict[str, Property]]


class Active:
    def __init__(self, read: Read) -> None:
        self._read = read

    def collect(self, now: float, cursor: str | None) -> Reading:
        try:
            idle = self._read(INPUT, IDLE_TIME).get(IDLE_TIME)
        except OSError:
            idle = None
        if not isinstance(idle, int):
            raise SourceAbsent("This system does not say when a keyboard or pointer was last used.")
        active = MINUTE if 0 <= idle < MINUTE * 1e9 else 0.0
        return Reading([Sample("active_s", active, attributes={"source": "input"})])


def collector(registry: Registry) -> Collector:
    return Collector("active", ("active",), EVERY, Active(registry.read).collect, effort=Effort.WAITS)
