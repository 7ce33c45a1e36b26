"""The collectors of a Linux laptop. Windows that hang and programs in front are what
companions see."""

from agent.collectors import (
    active_linux,
    awake,
    battery_linux,
    boot_linux,
    busiest_linux,
    companion,
    crash_linux,
    kernel_linux,
    oscrash_linux,
    patch_linux,
    pressure_linux,
    signin_linux,
    updates_linux,
    wifi_linux,
)
from agent.collectors.options import CollectorOptions
from agent.companion.companions import Companions
from agent.reading import Collector


def collectors(options: CollectorOptions, companions: Companions | None = None) -> tuple[Collector, ...]:
    crashes = crash_linux.Crashes()
    return (
        awake.collector(),
        *companion.collectors(companions, options.applications, active_linux.collector(), hangs=True),
        *boot_linux.collectors(),
        signin_linux.collector(),
        crash_linux.collector(crashes),
        kernel_linux.collector(lambda: crashes.recorded),  # after crashes: it tells what they do not
        oscrash_linux.collector(),
        *pressure_linux.collectors(options),
        battery_linux.collector(),
        patch_linux.collector(),
        updates_linux.collector(),
        wifi_linux.collector(),
        busiest_linux.collector(),
    )
