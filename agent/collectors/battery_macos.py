"""How much of its first capacity the battery of a Mac still has, as the battery's own controller tells."""

from collections.abc import Callable, Mapping

from agent.reading import Collector, Reading, SourceAbsent
from agent.signals import Sample
from agent.system.registry_macos import Property, Registry

EVERY = 60.0 * 60

BATTERY, DESIGN = "AppleSmartBattery", "DesignCapacity"
NESTED = "BatteryData"  # where recent versions keep what others keep beside it
# What a full charge holds, in mAh. MaxCapacity is in percent on Macs with Apple's own processors; then one
# of the others is there.
FULL = ("AppleRawMaxCapacity", "FullChargeCapacity", "NominalChargeCapacity", "MaxCapacity")
PERCENT = 100


def battery_health(properties: Mapping[str, Property]) -> float | None:
    """In percent; None without a battery, or where only a percentage of an unknown whole is told."""
    nested = properties.get(NESTED)
    known = {**nested, **properties} if isinstance(nested, dict) else properties
    design = known.get(DESIGN)
    values = (known.get(name) for name in FULL)
    full = next((value for value in values if isinstance(value, int) and value > PERCENT), None)
    if not isinstance(design, int) or design <= PERCENT or full is None:
        return None
    return 100 * full / design


class Battery:
    def __init__(self, read: Callable[..., dict[str, Property]]) -> None:
        self._read = read

    def collect(self, now: float, cursor: str | None) -> Reading:
        try:
            health = battery_health(self._read(BATTERY, DESIGN, NESTED, *FULL))
        except OSError:
            health = None
        if health is None:
            raise SourceAbsent("This machine has no battery that reports its capacity.")
        return Reading([Sample("battery_health_pct", health)])


def collector(registry: Registry) -> Collector:
    return Collector("battery", ("battery",), EVERY, Battery(registry.read).collect)
