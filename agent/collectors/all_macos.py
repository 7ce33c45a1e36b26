"""The collectors of a Mac. How long starts and sign-ins took, macOS does not tell; programs in front
are what companions see.
"""

from agent.collectors import (
    active_macos,
    awake,
    battery_macos,
    boot_macos,
    busiest,
    companion,
    load,
    oscrash_macos,
    pressure_macos,
    reports_macos,
    updates_macos,
    wifi_macos,
)
from agent.collectors.options import CollectorOptions
from agent.companion.companions import Companions
from agent.reading import Collector
from agent.system.registry_macos import Registry


def collectors(options: CollectorOptions, companions: Companions | None = None) -> tuple[Collector, ...]:
    registry = Registry()
    return (
        awake.collector(),
        *companion.collectors(companions, options.applications, active_macos.collector(registry)),
        boot_macos.collector(),
        reports_macos.collector(reports_macos.Reports()),
        oscrash_macos.collector(),
        *pressure_macos.collectors(),
        battery_macos.collector(registry),
        *updates_macos.collectors(),
        wifi_macos.collector(),
        busiest.collector(load.usages, load.all_memory()),
    )
