"""Facts about the laptop: what the inventory needs and what tells one device from another."""

import os
import platform
import socket
import sys

import psutil

from agent.reading import SourceAbsent

if sys.platform == "linux":
    from agent.system import disk_linux
    from agent.system import facts_linux as of_this_system
elif sys.platform == "win32":
    from agent.system import facts_windows as of_this_system
elif sys.platform == "darwin":
    from agent.system import facts_macos as of_this_system

GIB = 2**30

SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}

# What firmware says when its maker said nothing. Compared without case, in lower case.
PLACEHOLDERS = frozenset(
    {
        "to be filled by o.e.m.",
        "to be filled by oem",
        "default string",
        "system serial number",
        "system product name",
        "system manufacturer",
        "chassis serial number",
        "base board serial number",
        "no asset tag",
        "no asset information",
        "asset tag",
        "not specified",
        "not applicable",
        "not available",
        "none",
        "n/a",
        "unknown",
        "invalid",
        "o.e.m.",
        "oem",
        "empty",
        "serial",
        "serial number",
        "system serial",
        "sernum0",
        "sn12345",
        "default",
        "standard",
        "not provided",
        "no enclosure",
        "tbd",
        "test",
        "123456",
        "1234567",
        "12345678",
        "123456789",
        "1234567890",
        "0123456789",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "03000200-0400-0500-0006-000700080009",  # one board maker's default, on many machines
        "12345678-1234-5678-90ab-cddeefaabbcc",
    }
)


def plausible(text: str) -> str:
    """The text if it can tell one device from another or be a name of one, else nothing."""
    value = " ".join(text.replace("\0", " ").split())
    varied = len(set(value.lower().replace("-", "").replace(".", "").replace(" ", ""))) > 1
    return value if varied and value.lower() not in PLACEHOLDERS else ""


def device_facts() -> dict[str, str | float | int]:
    """By the names of `agent.signals.FACTS`; what is not known is left out."""
    facts: dict[str, str | float | int] = {
        "hostname": socket.gethostname(),
        "os": SYSTEMS.get(sys.platform, ""),
        "os_version": _os_version(),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "disk_gib": round(_system_disk_bytes() / GIB, 1),
        "cores": psutil.cpu_count() or 0,
    }
    if sys.platform in SYSTEMS:
        facts |= {name: plausible(text) for name, text in of_this_system.read().items()}
    return {name: value for name, value in facts.items() if value}


def hardware_id() -> str | None:
    """The firmware's UUID and serial number, if it was given both; only root may read them on Linux."""
    if sys.platform not in SYSTEMS:
        return None
    uuid, serial = (plausible(text).lower() for text in of_this_system.identity())
    return f"{uuid}:{serial}" if uuid and serial else None


def _os_version() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):  # not Linux, or a Linux without the file
        return platform.mac_ver()[0] or platform.version()


def _system_disk_bytes() -> int:
    """Of the disk that carries the system, or at least of its volume."""
    if sys.platform == "linux":
        try:
            return disk_linux.system_device().size_bytes()
        except (OSError, ValueError, SourceAbsent):
            pass
    return int(psutil.disk_usage(os.path.abspath(os.sep)).total)
