"""How much of its first capacity the battery still has, as its driver tells (poclass.h, batclass.h)."""

import ctypes
import struct
from collections.abc import Callable, Iterable
from ctypes import byref, c_uint32, c_void_p, c_wchar_p

from agent.reading import Collector, Reading, SourceAbsent
from agent.signals import Sample
from agent.system import dll_windows

EVERY = 60.0 * 60

BATTERY_CLASS = struct.pack("<IHH8s", 0x72631E54, 0x78A4, 0x11D0, bytes.fromhex("bcf700aa00b7b32a"))
PRESENT_INTERFACES = 0x2 | 0x10  # DIGCF_PRESENT, DIGCF_DEVICEINTERFACE
QUERY_TAG, QUERY_INFORMATION = 0x294040, 0x294044
READ_WRITE, SHARED, EXISTING = 0xC0000000, 3, 3
NO_HANDLE = c_void_p(-1).value
MOST = 8  # batteries of one laptop

INFORMATION = struct.Struct("<IB3x4sIIIIII")  # BATTERY_INFORMATION
OF_THE_SYSTEM, RELATIVE = 0x80000000, 0x40000000  # capabilities; relative: percent, not mWh
UNKNOWN = 0xFFFFFFFF


def capacities(information: bytes) -> tuple[int, int] | None:
    """Full charge and design in mWh; None for batteries of other devices and for what is not known."""
    capabilities, _, _, design, full, *_ = INFORMATION.unpack(information)
    if not capabilities & OF_THE_SYSTEM or UNKNOWN in (design, full) or not design or not full:
        return None
    return full, design


def health(found: Iterable[bytes]) -> float | None:
    """Over all batteries of the laptop, in percent; None without one."""
    known = [pair for information in found if (pair := capacities(information))]
    return 100 * sum(full for full, _ in known) / sum(design for _, design in known) if known else None


def batteries(load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> list[bytes]:
    """A BATTERY_INFORMATION of each."""
    kernel = load("kernel32")
    kernel.CreateFileW.restype = c_void_p
    kernel.CreateFileW.argtypes = (c_wchar_p, c_uint32, c_uint32, c_void_p, c_uint32, c_uint32, c_void_p)
    kernel.CloseHandle.argtypes = (c_void_p,)
    kernel.DeviceIoControl.argtypes = (c_void_p, c_uint32, *(c_void_p, c_uint32) * 2, c_void_p, c_void_p)
    found = []
    for path in _paths(load("setupapi")):
        handle = kernel.CreateFileW(path, READ_WRITE, SHARED, None, EXISTING, 0, None)
        if handle in (None, NO_HANDLE):
            continue
        try:
            tag = _control(kernel, handle, QUERY_TAG, struct.pack("<I", 0), 4)
            if tag and any(tag):  # 0: the bay is empty
                question = tag + struct.pack("<II", 0, 0)  # level BatteryInformation
                found.append(_control(kernel, handle, QUERY_INFORMATION, question, INFORMATION.size))
        finally:
            kernel.CloseHandle(handle)
    return [information for information in found if information]


def _control(kernel: ctypes.CDLL, handle: int, code: int, question: bytes, size: int) -> bytes:
    answer, returned = ctypes.create_string_buffer(size), c_uint32()
    done = kernel.DeviceIoControl(handle, code, question, len(question), answer, size, byref(returned), None)
    return answer.raw if done and returned.value == size else b""


class _Interface(ctypes.Structure):
    """SP_DEVICE_INTERFACE_DATA"""

    _fields_ = (("size", c_uint32), ("guid", ctypes.c_byte * 16), ("flags", c_uint32), ("x", c_void_p))


def _paths(setup: ctypes.CDLL) -> list[str]:
    setup.SetupDiGetClassDevsW.restype = c_void_p
    setup.SetupDiGetClassDevsW.argtypes = (c_void_p, c_wchar_p, c_void_p, c_uint32)
    setup.SetupDiEnumDeviceInterfaces.argtypes = (*(c_void_p,) * 3, c_uint32, c_void_p)
    setup.SetupDiGetDeviceInterfaceDetailW.argtypes = (*(c_void_p,) * 3, c_uint32, *(c_void_p,) * 2)
    setup.SetupDiDestroyDeviceInfoList.argtypes = (c_void_p,)
    devices = setup.SetupDiGetClassDevsW(BATTERY_CLASS, None, None, PRESENT_INTERFACES)
    if devices in (None, NO_HANDLE):
        return []
    found = []
    try:
        for number in range(MOST):
            one = _Interface(size=ctypes.sizeof(_Interface))
            if not setup.SetupDiEnumDeviceInterfaces(devices, None, BATTERY_CLASS, number, byref(one)):
                break
            detail = ctypes.create_string_buffer(2048)  # SP_DEVICE_INTERFACE_DETAIL_DATA_W: a size, a path
            struct.pack_into("<I", detail, 0, 8 if ctypes.sizeof(c_void_p) == 8 else 6)
            if setup.SetupDiGetDeviceInterfaceDetailW(devices, byref(one), detail, 2048, None, None):
                found.append(detail.raw[4:].decode("utf-16-le", "replace").partition("\0")[0])
    finally:
        setup.SetupDiDestroyDeviceInfoList(devices)
    return found


def collect(now: float, cursor: str | None, batteries: Callable[[], Iterable[bytes]] = batteries) -> Reading:
    percent = health(batteries())
    if percent is None:
        raise SourceAbsent("This machine has no battery that reports its capacity.")
    return Reading([Sample("battery_health_pct", percent)])


def collector() -> Collector:
    return Collector("battery", ("battery",), EVERY, collect)
