"""Battery and low power mode on macOS (IOPSKeys.h; NSProcessInfo, from macOS 12)."""

import ctypes
from collections.abc import Callable
from ctypes import c_bool, c_char_p, c_void_p

import psutil

FOUNDATION = "/System/Library/Frameworks/Foundation.framework/Foundation"
OBJECTIVE_C = "/usr/lib/libobjc.dylib"


def low_power_mode(load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> bool:
    """`[[NSProcessInfo processInfo] isLowPowerModeEnabled]`; False where there is no such question."""
    try:
        load(FOUNDATION)
        objc = load(OBJECTIVE_C)
    except OSError:
        return False
    for name in ("objc_getClass", "sel_registerName"):
        function = getattr(objc, name)
        function.restype, function.argtypes = c_void_p, (c_char_p,)
    address = ctypes.cast(objc.objc_msgSend, c_void_p).value
    if not address:
        return False
    send = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_void_p)(address)
    ask = ctypes.CFUNCTYPE(c_bool, c_void_p, c_void_p, c_void_p)(address)
    process = send(objc.objc_getClass(b"NSProcessInfo"), objc.sel_registerName(b"processInfo"))
    question = objc.sel_registerName(b"isLowPowerModeEnabled")
    if not ask(process, objc.sel_registerName(b"respondsToSelector:"), question):
        return False
    return bool(ask(process, question, None))


def read(saving: Callable[[], bool] = low_power_mode) -> tuple[bool, bool]:
    """Whether the Mac runs on its battery, and whether it is to be spared."""
    battery = psutil.sensors_battery()
    if battery is None or battery.power_plugged is not False:
        return False, False
    return True, saving()
