"""The collectors of a Windows laptop. The application in front has no source without a companion."""

from agent.collectors import (
    active_windows,
    awake_windows,
    battery_windows,
    boot_windows,
    failures_windows,
    oscrash_windows,
    patch_windows,
    pressure_windows,
    signin_windows,
    updates_windows,
)
from agent.collectors.eventlog_windows import WindowsEventLog
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import Collector


def collectors(options: CollectorOptions) -> tuple[Collector, ...]:
    log = WindowsEventLog()
    return (
        awake_windows.collector(),
        active_windows.collector(),
        *boot_windows.collectors(log),
        signin_windows.collector(log),
        failures_windows.collector(log),
        oscrash_windows.collector(log),
        *pressure_windows.collectors(),
        battery_windows.collector(),
        patch_windows.collector(),
        updates_windows.collector(log),
    )
