"""What the firmware and kernel of a Mac tell about it."""

from collections.abc import Callable

from agent.system import sysctl_macos
from agent.system.registry_macos import Property, Registry

PLATFORM = "IOPlatformExpertDevice"
SERIAL, UUID = "IOPlatformSerialNumber", "IOPlatformUUID"

Device = Callable[..., dict[str, Property]]


def read(device: Device | None = None, kernel: Callable[[str], str] = sysctl_macos.text) -> dict[str, str]:
    """By the names of `agent.signals.FACTS`; empty where nothing is told."""
    return {
        "serial": _platform(device)[1],
        "model": kernel("hw.model"),
        "maker": "Apple",
        "cpu": kernel("machdep.cpu.brand_string"),
    }


def identity(device: Device | None = None) -> tuple[str, str]:
    """UUID and serial number of the platform; empty where they may not be read."""
    return _platform(device)


def _platform(device: Device | None) -> tuple[str, str]:
    try:
        told = (device or Registry().read)(PLATFORM, SERIAL, UUID)
    except OSError:
        told = {}
    return str(told.get(UUID, "")), str(told.get(SERIAL, ""))
