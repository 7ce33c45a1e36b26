"""The collectors: one short file per family of signals, readers of one system ending in its name."""

import sys

from agent.collectors import network, space
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import Collector

if sys.platform == "linux":
    from agent.collectors import all_linux


def all_collectors(options: CollectorOptions) -> tuple[Collector, ...]:
    """Those that work on this system. A source without one is unknown, never zero."""
    of_this_system = all_linux.collectors(options) if sys.platform == "linux" else ()
    return (space.collector(options), network.collector(options), *of_this_system)
