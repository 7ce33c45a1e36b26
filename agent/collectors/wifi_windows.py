"""How strong the Wi-Fi is, as Windows tells (wlanapi.h)."""

import ctypes
import struct
from collections.abc import Callable, Sequence
from ctypes import byref, c_char_p, c_uint32, c_void_p

from agent.collectors import wifi
from agent.reading import Collector, Reading, SourceAbsent
from agent.system import dll_windows

CLIENT_VERSION = 2
RSSI = 0x10000102  # wlan_intf_opcode_rssi: dBm alone; what else it knows would hold the network's name
CONNECTED = 1  # wlan_interface_state_connected
INTERFACE = struct.Struct("<16s512sI")  # WLAN_INTERFACE_INFO: id, description, state
LIST_HEAD = 8


def connected(listed: bytes) -> list[bytes]:
    """The ids of connected interfaces in a WLAN_INTERFACE_INFO_LIST without its head."""
    whole = len(listed) // INTERFACE.size * INTERFACE.size
    return [number for number, _, state in INTERFACE.iter_unpack(listed[:whole]) if state == CONNECTED]


def signals(load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> Sequence[float] | None:
    try:
        api = _declared(load("wlanapi"))
    except SourceAbsent:
        return None
    handle = c_void_p()
    if api.WlanOpenHandle(CLIENT_VERSION, None, byref(c_uint32()), byref(handle)):
        return None  # the service of Windows for Wi-Fi does not run: no card, or a server
    try:
        interfaces = _interfaces(api, handle)
        if not interfaces:
            return None
        found = [_rssi(api, handle, number) for number in connected(interfaces)]
        return [float(dbm) for dbm in found if dbm is not None]
    finally:
        api.WlanCloseHandle(handle, None)


def _declared(api: ctypes.CDLL) -> ctypes.CDLL:
    api.WlanOpenHandle.argtypes = (c_uint32, c_void_p, c_void_p, c_void_p)
    api.WlanEnumInterfaces.argtypes = (c_void_p, c_void_p, c_void_p)
    api.WlanQueryInterface.argtypes = (c_void_p, c_char_p, c_uint32, *(c_void_p,) * 4)
    api.WlanFreeMemory.argtypes, api.WlanFreeMemory.restype = (c_void_p,), None
    api.WlanCloseHandle.argtypes = (c_void_p, c_void_p)
    return api


def _interfaces(api: ctypes.CDLL, handle: c_void_p) -> bytes:
    found = c_void_p()
    if api.WlanEnumInterfaces(handle, None, byref(found)) or not found.value:
        return b""
    try:
        (number,) = struct.unpack("<I", ctypes.string_at(found.value, 4))
        return ctypes.string_at(found.value + LIST_HEAD, number * INTERFACE.size)
    finally:
        api.WlanFreeMemory(found)


def _rssi(api: ctypes.CDLL, handle: c_void_p, interface: bytes) -> int | None:
    size, data = c_uint32(), c_void_p()
    if api.WlanQueryInterface(handle, interface, RSSI, None, byref(size), byref(data), None):
        return None
    try:
        told = ctypes.string_at(data.value, 4) if data.value and size.value >= 4 else b""
        return int(struct.unpack("<i", told)[0]) if told else None
    finally:
        api.WlanFreeMemory(data)


def collect(now: float, cursor: str | None) -> Reading:
    return wifi.reading(signals())


def collector() -> Collector:
    return wifi.collector(collect)
