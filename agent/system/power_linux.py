"""Battery and battery saver on Linux (Documentation/ABI/testing/sysfs-class-power, sysfs-platform_profile).

The saver is read where desktops and their power daemons set it: the platform's profile, and where the
hardware has none the processor's preference. Both can be read by anybody; no bus is asked.
"""

import os
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")
PROFILE = Path("/sys/firmware/acpi/platform_profile")
PREFERENCE = Path("/sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference")
PLUGS = frozenset({"Mains", "USB", "Wireless"})


def read(
    supplies: Path = SUPPLIES, profile: Path = PROFILE, preference: Path = PREFERENCE
) -> tuple[bool, bool]:
    """Whether the laptop runs on its battery, and whether it is to be spared."""
    if not _on_battery(supplies):
        return False, False
    return True, _text(profile) == "low-power" or _text(preference) == "power"


def _on_battery(folder: Path) -> bool:
    """Its own battery gets emptier and no plug gives power. A socket for USB may be there and give none."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return False
    kinds = {name: _text(folder / name / "type") for name in names}
    if any(_text(folder / name / "online") == "1" for name, kind in kinds.items() if kind in PLUGS):
        return False
    return any(
        kind == "Battery"
        and _text(folder / name / "scope") != "Device"  # those of mice and headsets
        and _text(folder / name / "status") == "Discharging"
        for name, kind in kinds.items()
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return ""
