"""The collectors: one short file per family of signals, readers of one system ending in its name."""

import sys

from agent.collectors import network, services, space
from agent.collectors.options import CollectorOptions
from agent.companion.companions import Companions
from agent.reading import Collector

# Nothing of the other systems is loaded.
if sys.platform == "linux":
    from agent.collectors.all_linux import collectors as of_this_system
elif sys.platform == "win32":
    from agent.collectors.all_windows import collectors as of_this_system
elif sys.platform == "darwin":
    from agent.collectors.all_macos import collectors as of_this_system
else:

    def of_this_system(
        options: CollectorOptions, companions: Companions | None = None
    ) -> tuple[Collector, ...]:
        return ()


def all_collectors(options: CollectorOptions, companions: Companions | None = None) -> tuple[Collector, ...]:
    """Those that work on this system. A source without one is unknown, never zero.

    Companions speak to the service alone; whoever else looks does without them.
    """
    if not options.collects:
        return ()
    net = network.Network(options.references)
    return (
        space.collector(options),
        network.collector(net),
        services.collector(options, lambda: net.offline),
        *of_this_system(options, companions),
    )
