"""Performance counters of Windows by PDH (pdh.h), under their English names whatever the language."""

import ctypes
from collections.abc import Callable, Sequence
from ctypes import byref, c_double, c_uint32, c_void_p, c_wchar_p

from agent.advice import MEND_COUNTERS
from agent.reading import SourceAbsent
from agent.system import dll_windows

FORMAT_DOUBLE = 0x200
VALID, NEW = 0, 1


class _Value(ctypes.Structure):
    """PDH_FMT_COUNTERVALUE as a double."""

    _fields_ = (("status", c_uint32), ("number", c_double))


class Counters:
    """Some counters read together; a rate is that of the time since the last look."""

    def __init__(self, paths: Sequence[str], load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> None:
        self._paths, self._load = paths, load
        self._api: ctypes.CDLL | None = None
        self._query = c_void_p()
        self._counters: list[c_void_p] = []

    def read(self) -> list[float | None]:
        """In the order of the paths; None for a rate at the first look. SourceAbsent if Windows has none."""
        api = self._api or self._open()
        if api.PdhCollectQueryData(self._query):
            return [None] * len(self._paths)
        return [_value(api, counter) for counter in self._counters]

    def _open(self) -> ctypes.CDLL:
        api = self._load("pdh")
        for name in ("PdhOpenQueryW", "PdhAddEnglishCounterW", "PdhCollectQueryData"):
            getattr(api, name).restype = c_uint32
        api.PdhGetFormattedCounterValue.restype = c_uint32
        api.PdhAddEnglishCounterW.argtypes = (c_void_p, c_wchar_p, c_void_p, c_void_p)
        api.PdhCollectQueryData.argtypes = (c_void_p,)
        api.PdhGetFormattedCounterValue.argtypes = (c_void_p, c_uint32, c_void_p, c_void_p)
        query, counters = c_void_p(), []
        _succeed(api.PdhOpenQueryW(None, None, byref(query)), "Performance counters")
        for path in self._paths:
            counter = c_void_p()
            _succeed(api.PdhAddEnglishCounterW(query, path, None, byref(counter)), path)
            counters.append(counter)
        self._api, self._query, self._counters = api, query, counters
        return api


def _value(api: ctypes.CDLL, counter: c_void_p) -> float | None:
    value = _Value()
    status = api.PdhGetFormattedCounterValue(counter, FORMAT_DOUBLE, None, byref(value))
    return value.number if status == 0 and value.status in (VALID, NEW) else None


def _succeed(status: int, what: str) -> None:
    if status:
        raise SourceAbsent(f"{what}: Windows does not count it here (error {status:#x}).", MEND_COUNTERS)
