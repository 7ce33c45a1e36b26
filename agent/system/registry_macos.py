"""Properties of devices in the I/O Registry of macOS (IOKitLib.h), without starting `ioreg` each time."""

import ctypes
import plistlib
from collections.abc import Callable
from ctypes import c_char_p, c_long, c_uint32, c_ulong, c_void_p
from pathlib import Path

FRAMEWORKS = Path("/System/Library/Frameworks")
IO_KIT = FRAMEWORKS / "IOKit.framework" / "IOKit"
CORE_FOUNDATION = FRAMEWORKS / "CoreFoundation.framework" / "CoreFoundation"

UTF8 = 0x08000100  # kCFStringEncodingUTF8
XML = 100  # kCFPropertyListXMLFormat_v1_0

Property = str | int | bool | bytes | dict[str, object] | None


class Registry:
    """The frameworks are loaded at the first question."""

    def __init__(self, load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> None:
        self._load = load
        self._libraries: tuple[ctypes.CDLL, ctypes.CDLL] | None = None

    def read(self, device_class: str, *names: str) -> dict[str, Property]:
        """These properties of the first device of a class, those that it has; OSError without IOKit."""
        kit, core = self._libraries or self._open()
        device = kit.IOServiceGetMatchingService(0, kit.IOServiceMatching(device_class.encode()))
        if not device:
            return {}
        try:
            found = {name: _property(kit, core, device, name) for name in names}
        finally:
            kit.IOObjectRelease(device)
        return {name: value_of(xml) for name, xml in found.items() if xml}

    def _open(self) -> tuple[ctypes.CDLL, ctypes.CDLL]:
        kit, core = self._load(str(IO_KIT)), self._load(str(CORE_FOUNDATION))
        kit.IOServiceMatching.restype, kit.IOServiceMatching.argtypes = c_void_p, (c_char_p,)
        kit.IOServiceGetMatchingService.restype = c_uint32
        kit.IOServiceGetMatchingService.argtypes = (c_uint32, c_void_p)  # takes over what it is given
        kit.IORegistryEntryCreateCFProperty.restype = c_void_p
        kit.IORegistryEntryCreateCFProperty.argtypes = (c_uint32, c_void_p, c_void_p, c_uint32)
        kit.IOObjectRelease.argtypes = (c_uint32,)
        core.CFStringCreateWithCString.restype = c_void_p
        core.CFStringCreateWithCString.argtypes = (c_void_p, c_char_p, c_uint32)
        core.CFPropertyListCreateData.restype = c_void_p
        core.CFPropertyListCreateData.argtypes = (c_void_p, c_void_p, c_long, c_ulong, c_void_p)
        core.CFDataGetBytePtr.restype, core.CFDataGetBytePtr.argtypes = c_void_p, (c_void_p,)
        core.CFDataGetLength.restype, core.CFDataGetLength.argtypes = c_long, (c_void_p,)
        core.CFRelease.restype, core.CFRelease.argtypes = None, (c_void_p,)
        self._libraries = kit, core
        return kit, core


def _property(kit: ctypes.CDLL, core: ctypes.CDLL, device: int, name: str) -> bytes:
    """One property as a property list in XML; empty if there is none."""
    made: list[int] = []
    try:
        made.append(core.CFStringCreateWithCString(None, name.encode(), UTF8))
        made.append(kit.IORegistryEntryCreateCFProperty(device, made[0], None, 0))
        if not made[1]:
            return b""
        made.append(core.CFPropertyListCreateData(None, made[1], XML, 0, None))
        if not made[2]:
            return b""
        return ctypes.string_at(core.CFDataGetBytePtr(made[2]), core.CFDataGetLength(made[2]))
    finally:
        for thing in made:
            if thing:
                core.CFRelease(thing)


def value_of(xml: bytes) -> Property:
    """None for kinds of values that nobody asks for."""
    value = plistlib.loads(xml)
    return value if isinstance(value, str | int | bool | bytes | dict) else None
