"""Battery and battery saver on Windows (GetSystemPowerStatus, winbase.h)."""

import ctypes
from collections.abc import Callable
from ctypes import byref, c_byte, c_uint32

from agent.system import dll_windows

OFFLINE = 0  # of ACLineStatus; 1 online, 255 not known
SAVER_ON = 1  # of SystemStatusFlag


class SystemPowerStatus(ctypes.Structure):
    """SYSTEM_POWER_STATUS"""

    _fields_ = (
        ("line", c_byte),
        ("battery", c_byte),
        ("percent", c_byte),
        ("saver", c_byte),
        ("life_s", c_uint32),
        ("full_life_s", c_uint32),
    )


def read(load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> tuple[bool, bool]:
    """Whether the laptop runs on its battery, and whether the saver is on."""
    status = SystemPowerStatus()
    if not load("kernel32").GetSystemPowerStatus(byref(status)):
        return False, False
    return status.line == OFFLINE, status.saver == SAVER_ON
