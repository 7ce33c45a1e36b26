"""The collectors: one short file per family of signals, readers of one system ending in its name."""

import sys

from agent.collectors import awake, battery_linux, crash_linux, pressure_linux, space
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import Collector


def all_collectors(options: CollectorOptions) -> tuple[Collector, ...]:
    """Those that work on this system. A source without one is unknown, never zero."""
    portable = (space.collector(options),)
    if sys.platform != "linux":
        return portable
    return (
        *portable,
        awake.collector(),
        crash_linux.collector(),
        *pressure_linux.collectors(options),
        battery_linux.collector(),
    )
