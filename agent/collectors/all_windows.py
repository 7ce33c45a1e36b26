"""The collectors of a Windows laptop. Programs in front are what companions see."""

from agent.collectors import (
    active_windows,
    awake_windows,
    battery_windows,
    boot_windows,
    busiest,
    companion,
    failures_windows,
    load,
    oscrash_windows,
    patch_windows,
    pressure_windows,
    signin_windows,
    updates_windows,
    wifi_windows,
)
from agent.collectors.eventlog_windows import WindowsEventLog
from agent.collectors.options import CollectorOptions
from agent.companion.companions import Companions
from agent.reading import Collector


def collectors(options: CollectorOptions, companions: Companions | None = None) -> tuple[Collector, ...]:
    log = WindowsEventLog()
    return (
        awake_windows.collector(),
        *companion.collectors(companions, options.applications, active_windows.collector()),
        *boot_windows.collectors(log),
        signin_windows.collector(log),
        failures_windows.collector(log),
        oscrash_windows.collector(log),
        *pressure_windows.collectors(),
        battery_windows.collector(),
        patch_windows.collector(),
        updates_windows.collector(log),
        wifi_windows.collector(),
        busiest.collector(load.usages, load.all_memory()),
    )
