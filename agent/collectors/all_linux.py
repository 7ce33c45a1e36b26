"""The collectors of a Linux laptop. Hangs and the application in front have no source without a companion."""

from agent.collectors import (
    active_linux,
    awake,
    battery_linux,
    boot_linux,
    crash_linux,
    kernel_linux,
    oscrash_linux,
    patch_linux,
    pressure_linux,
    signin_linux,
    updates_linux,
)
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import Collector


def collectors(options: CollectorOptions) -> tuple[Collector, ...]:
    crashes = crash_linux.Crashes()
    return (
        awake.collector(),
        active_linux.collector(),
        *boot_linux.collectors(),
        signin_linux.collector(),
        crash_linux.collector(crashes),
        kernel_linux.collector(lambda: crashes.recorded),  # after crashes: it tells what they do not
        oscrash_linux.collector(),
        *pressure_linux.collectors(options),
        battery_linux.collector(),
        patch_linux.collector(),
        updates_linux.collector(),
    )
