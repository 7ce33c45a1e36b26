"""What all systems share in telling how strong the Wi-Fi is. The network's name is never asked for."""

from collections.abc import Callable, Sequence

from agent.reading import Collector, Reading, SourceAbsent, When
from agent.signals import Sample

EVERY = 5 * 60.0

WEAKEST, STRONGEST = -100.0, -50.0
"""dBm that count as 0 and as 100 %, with a straight line between, as Windows has it (wlanapi.h)."""


def percent(dbm: float) -> float:
    return min(max((dbm - WEAKEST) / (STRONGEST - WEAKEST), 0.0), 1.0) * 100


def reading(signals: Sequence[float] | None) -> Reading:
    """Of the dBm of each connection by Wi-Fi; None where there is no Wi-Fi at all."""
    if signals is None:
        raise SourceAbsent("This laptop has no Wi-Fi that tells its signal.")
    return Reading([Sample("wifi_signal_pct", percent(max(signals)))] if signals else [])


def collector(collect: Callable[[float, str | None], Reading]) -> Collector:
    return Collector("wifi", ("wifi",), EVERY, collect, When.ACTIVE)
