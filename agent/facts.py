"""Facts about the laptop: what the inventory needs and what tells one device from another."""

import os
import platform
import socket
import sys

import psutil

from agent.collectors.reading import SourceAbsent

if sys.platform == "linux":
    from agent import facts_linux
    from agent.collectors import disk_linux

GIB = 2**30

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
    varied = len(set(value.replace("-", "").replace(".", "").replace(" ", ""))) > 1
    return value if varied and value.lower() not in PLACEHOLDERS else ""


def device_facts() -> dict[str, str | float | int]:
    """By the names of `agent.signals.FACTS`; what is not known is left out."""
    facts: dict[str, str | float | int] = {
        "hostname": socket.gethostname(),
        "os": {"linux": "linux", "win32": "windows", "darwin": "macos"}.get(sys.platform, ""),
        "os_version": _os_version(),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "disk_gib": round(_system_disk_bytes() / GIB, 1),
        "cores": psutil.cpu_count() or 0,
    }
    if sys.platform == "linux":
        facts |= {name: plausible(text) for name, text in facts_linux.read().items()}
    return {name: value for name, value in facts.items() if value}


def hardware_id() -> str | None:
    """The firmware's UUID and serial number, if it was given both; only root may read them on Linux."""
    if sys.platform != "linux":
        return None
    uuid, serial = (plausible(text).lower() for text in facts_linux.identity())
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
