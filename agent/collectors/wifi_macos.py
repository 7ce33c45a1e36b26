"""How strong the Wi-Fi is, as CoreWLAN tells (CWInterface.h); unlike names that needs no permission."""

import ctypes
from collections.abc import Callable, Sequence
from ctypes import c_bool, c_char_p, c_long, c_void_p

from agent.collectors import wifi
from agent.reading import Collector, Reading

OBJECTIVE_C = "/usr/lib/libobjc.A.dylib"
CORE_WLAN = "/System/Library/Frameworks/CoreWLAN.framework/CoreWLAN"


class Messages:
    """Objects of macOS and what they answer to messages without arguments (objc/message.h)."""

    def __init__(self, load: Callable[[str], ctypes.CDLL]) -> None:
        self._runtime = load(OBJECTIVE_C)
        self._runtime.objc_getClass.restype, self._runtime.objc_getClass.argtypes = c_void_p, (c_char_p,)
        self._runtime.sel_registerName.restype = c_void_p
        self._runtime.sel_registerName.argtypes = (c_char_p,)
        self._runtime.objc_autoreleasePoolPush.restype = c_void_p
        self._runtime.objc_autoreleasePoolPop.argtypes = (c_void_p,)

    def class_named(self, name: str) -> int:
        return int(self._runtime.objc_getClass(name.encode()) or 0)

    def object_of(self, receiver: int, message: str) -> int:
        return self._send(c_void_p, receiver, message)

    def number_of(self, receiver: int, message: str) -> int:
        return self._send(c_long, receiver, message)

    def truth_of(self, receiver: int, message: str) -> bool:
        return bool(self._send(c_bool, receiver, message))

    def begin(self) -> int | None:
        """What objects are made from here on goes with `end`."""
        pool: int | None = self._runtime.objc_autoreleasePoolPush()
        return pool

    def end(self, pool: int | None) -> None:
        self._runtime.objc_autoreleasePoolPop(pool)

    def _send(self, answers: type, receiver: int, message: str) -> int:
        send = ctypes.CFUNCTYPE(answers, c_void_p, c_void_p)(("objc_msgSend", self._runtime))
        return int(send(receiver, self._runtime.sel_registerName(message.encode())) or 0)


def signals(load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> Sequence[float] | None:
    try:
        load(CORE_WLAN)
        messages = Messages(load)
    except OSError:
        return None
    return strengths(messages)


def strengths(messages: Messages) -> Sequence[float] | None:
    pool = messages.begin()
    try:
        client = messages.object_of(messages.class_named("CWWiFiClient"), "sharedWiFiClient")
        card = messages.object_of(client, "interface")
        if not card:
            return None
        strength = messages.number_of(card, "rssiValue") if messages.truth_of(card, "powerOn") else 0
        return [float(strength)] if strength else []  # 0: not connected
    finally:
        messages.end(pool)


def collect(now: float, cursor: str | None) -> Reading:
    return wifi.reading(signals())


def collector() -> Collector:
    return wifi.collector(collect)
