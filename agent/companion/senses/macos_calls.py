"""The calls of macOS that senses need (CGWindow.h, CGEventSource.h, CGSession.h, AudioHardware.h,
CMIOHardware.h, libproc.h), by ctypes.

None of them needs a permission from the person. Titles of windows would need one; they are not asked for.
"""

import ctypes
from collections.abc import Callable
from ctypes import POINTER, byref, c_bool, c_char_p, c_double, c_int, c_int64, c_long, c_uint32, c_void_p
from typing import NamedTuple

from agent.companion.senses.sense import Unavailable

FRAMEWORKS = "/System/Library/Frameworks"
ON_SCREEN, NO_DESKTOP = 1 << 0, 1 << 4  # kCGWindowListOptionOnScreenOnly, kCGWindowListExcludeDesktopElements
UTF8, SINT64 = 0x08000100, 4  # kCFStringEncodingUTF8, kCFNumberSInt64Type
HARDWARE, ANY_INPUT, KEY_DOWN = 1, 0xFFFFFFFF, 10  # kCGEventSourceStateHIDSystemState, kCGAnyInputEventType
SYSTEM_OBJECT = 1
LONGEST_PATH = 4096
MOST_DISPLAYS, MOST_CAMERAS = 16, 64


def code(text: str) -> int:
    """A four-letter code of Core Audio."""
    return int.from_bytes(text.encode("ascii"), "big")


DEFAULT_INPUT, CAMERAS, RUNS_SOMEWHERE, GLOBAL = code("dIn "), code("dev#"), code("gone"), code("glob")


class Rect(ctypes.Structure):
    """CGRect"""

    _fields_ = (("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double))


class _Address(ctypes.Structure):
    """AudioObjectPropertyAddress, and the same of cameras"""

    _fields_ = (("selector", c_uint32), ("scope", c_uint32), ("element", c_uint32))


class Window(NamedTuple):
    pid: int
    layer: int
    bounds: tuple[float, float, float, float]


class Calls:
    def __init__(self, load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> None:
        try:
            self._graphics, self._core, self._audio, self._camera = (
                load(f"{FRAMEWORKS}/{name}.framework/{name}")
                for name in ("CoreGraphics", "CoreFoundation", "CoreAudio", "CoreMediaIO")
            )
            self._process = load("/usr/lib/libproc.dylib")
        except OSError:
            raise Unavailable("This system has none of the frameworks of macOS.") from None
        self._declare()
        self._keys = [self._string(f"kCGWindow{name}") for name in ("OwnerPID", "Layer", "Bounds")]
        self._locked = self._string("CGSSessionScreenIsLocked")

    def _declare(self) -> None:
        graphics, core = self._graphics, self._core
        graphics.CGWindowListCopyWindowInfo.restype = c_void_p
        graphics.CGWindowListCopyWindowInfo.argtypes = (c_uint32, c_uint32)
        graphics.CGSessionCopyCurrentDictionary.restype = c_void_p
        graphics.CGEventSourceSecondsSinceLastEventType.restype = c_double
        graphics.CGEventSourceSecondsSinceLastEventType.argtypes = (c_int, c_uint32)
        graphics.CGRectMakeWithDictionaryRepresentation.restype = c_bool
        graphics.CGRectMakeWithDictionaryRepresentation.argtypes = (c_void_p, POINTER(Rect))
        graphics.CGGetActiveDisplayList.argtypes = (c_uint32, c_void_p, c_void_p)
        graphics.CGDisplayBounds.restype, graphics.CGDisplayBounds.argtypes = Rect, (c_uint32,)
        core.CFStringCreateWithCString.restype = c_void_p
        core.CFStringCreateWithCString.argtypes = (c_void_p, c_char_p, c_uint32)
        core.CFArrayGetCount.restype, core.CFArrayGetCount.argtypes = c_long, (c_void_p,)
        core.CFArrayGetValueAtIndex.restype = c_void_p
        core.CFArrayGetValueAtIndex.argtypes = (c_void_p, c_long)
        core.CFDictionaryGetValue.restype = c_void_p
        core.CFDictionaryGetValue.argtypes = (c_void_p, c_void_p)
        core.CFNumberGetValue.restype = c_bool
        core.CFNumberGetValue.argtypes = (c_void_p, c_int, c_void_p)
        core.CFBooleanGetValue.restype, core.CFBooleanGetValue.argtypes = c_bool, (c_void_p,)
        core.CFRelease.restype, core.CFRelease.argtypes = None, (c_void_p,)

    def windows(self) -> list[Window]:
        """Those on the screens, the foremost first."""
        array = self._graphics.CGWindowListCopyWindowInfo(ON_SCREEN | NO_DESKTOP, 0)
        if not array:
            return []
        try:
            count = self._core.CFArrayGetCount(array)
            return [self._window(self._core.CFArrayGetValueAtIndex(array, i)) for i in range(count)]
        finally:
            self._core.CFRelease(array)

    def displays(self) -> list[tuple[float, float, float, float]]:
        numbers, count = (c_uint32 * MOST_DISPLAYS)(), c_uint32()
        if self._graphics.CGGetActiveDisplayList(MOST_DISPLAYS, numbers, byref(count)):
            return []
        return [_sides(self._graphics.CGDisplayBounds(number)) for number in numbers[: count.value]]

    def path_of(self, pid: int) -> str:
        """Path of a process's program; empty if it has ended."""
        buffer = ctypes.create_string_buffer(LONGEST_PATH)
        told = self._process.proc_pidpath(pid, buffer, LONGEST_PATH)
        return buffer.value.decode("utf-8", "replace") if told > 0 else ""

    def since_input(self, kind: int = ANY_INPUT) -> float:
        """Seconds since the last input of a kind; which key it was is not told."""
        return float(self._graphics.CGEventSourceSecondsSinceLastEventType(HARDWARE, kind))

    def locked(self) -> bool | None:
        """None outside of a desktop session."""
        session = self._graphics.CGSessionCopyCurrentDictionary()
        if not session:
            return None
        try:
            value = self._core.CFDictionaryGetValue(session, self._locked)
            return bool(value and self._core.CFBooleanGetValue(value))
        finally:
            self._core.CFRelease(session)

    def microphone_runs(self) -> bool | None:
        """The one that applications get; None where its state is not told. Without one, nobody records."""
        devices = self._numbers(self._audio.AudioObjectGetPropertyData, SYSTEM_OBJECT, DEFAULT_INPUT, 1)
        return self._any_runs(self._audio.AudioObjectGetPropertyData, devices)

    def camera_runs(self) -> bool | None:
        def ask(thing: int, address: object, no: int, none: None, size: object, data: object) -> int:
            room = size._obj.value  # type: ignore[attr-defined]
            return int(self._camera.CMIOObjectGetPropertyData(thing, address, no, none, room, size, data))

        return self._any_runs(ask, self._numbers(ask, SYSTEM_OBJECT, CAMERAS, MOST_CAMERAS))

    def _any_runs(self, ask: Callable[..., int], devices: list[int] | None) -> bool | None:
        if devices is None:
            return None
        states = [self._numbers(ask, device, RUNS_SOMEWHERE, 1) for device in devices if device]
        if [1] in states:
            return True
        return None if None in states else False

    def _numbers(self, ask: Callable[..., int], thing: int, selector: int, most: int) -> list[int] | None:
        """A property that is a list of 32-bit numbers."""
        values, size = (c_uint32 * most)(), c_uint32(4 * most)
        address = _Address(selector, GLOBAL, 0)
        failed = ask(c_uint32(thing), byref(address), 0, None, byref(size), byref(values))
        return None if failed else list(values[: size.value // 4])

    def _window(self, told: int) -> Window:
        pid, layer, bounds = (self._core.CFDictionaryGetValue(told, key) for key in self._keys)
        rect = Rect()
        if bounds:
            self._graphics.CGRectMakeWithDictionaryRepresentation(bounds, byref(rect))
        return Window(self._number(pid), self._number(layer), _sides(rect))

    def _number(self, told: int | None) -> int:
        value = c_int64()
        if told:
            self._core.CFNumberGetValue(told, SINT64, byref(value))
        return value.value

    def _string(self, text: str) -> int:
        return int(self._core.CFStringCreateWithCString(None, text.encode(), UTF8))


def _sides(rect: Rect) -> tuple[float, float, float, float]:
    return rect.x, rect.y, rect.width, rect.height
