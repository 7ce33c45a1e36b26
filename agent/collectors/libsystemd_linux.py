"""The library of systemd by ctypes, so that a look at the journal or the session starts no program.

Functions of sd-journal(3), sd-login(3) and sd-bus(3) return a negative error number on failure, which
becomes an OSError here.
"""

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p

NAMES = ("libsystemd.so.0", "libelogind.so.0")

_text = POINTER(c_char_p)
_FUNCTIONS: dict[str, list[object]] = {
    "sd_journal_open": [POINTER(c_void_p), c_int],
    "sd_journal_open_directory": [POINTER(c_void_p), c_char_p, c_int],
    "sd_journal_set_data_threshold": [c_void_p, c_size_t],
    "sd_journal_get_fd": [c_void_p],
    "sd_journal_process": [c_void_p],
    "sd_journal_add_match": [c_void_p, c_char_p, c_size_t],
    "sd_journal_add_disjunction": [c_void_p],
    "sd_journal_seek_head": [c_void_p],
    "sd_journal_seek_tail": [c_void_p],
    "sd_journal_seek_cursor": [c_void_p, c_char_p],
    "sd_journal_test_cursor": [c_void_p, c_char_p],
    "sd_journal_get_cursor": [c_void_p, _text],
    "sd_journal_next": [c_void_p],
    "sd_journal_previous": [c_void_p],
    "sd_journal_get_realtime_usec": [c_void_p, POINTER(c_uint64)],
    "sd_journal_get_monotonic_usec": [c_void_p, POINTER(c_uint64), c_void_p],
    "sd_journal_get_data": [c_void_p, c_char_p, POINTER(c_void_p), POINTER(c_size_t)],
    "sd_seat_get_active": [c_char_p, _text, c_void_p],
    "sd_session_get_type": [c_char_p, _text],
    "sd_session_get_class": [c_char_p, _text],
    "sd_bus_open_system": [POINTER(c_void_p)],
    "sd_bus_get_fd": [c_void_p],
    "sd_bus_process": [c_void_p, POINTER(c_void_p)],
    "sd_bus_message_is_signal": [c_void_p, c_char_p, c_char_p],
    "sd_bus_message_read_basic": [c_void_p, ctypes.c_char, c_void_p],
    # The last one says of what types the words are that follow it.
    "sd_bus_call_method": [*[c_void_p] + [c_char_p] * 4, c_void_p, POINTER(c_void_p), c_char_p],
    "sd_bus_path_encode": [c_char_p, c_char_p, _text],
    "sd_bus_get_property_trivial": [*[c_void_p] + [c_char_p] * 4, c_void_p, ctypes.c_char, c_void_p],
}
_CLOSING = (
    "sd_journal_close",
    "sd_journal_flush_matches",
    "sd_bus_flush_close_unref",
    "sd_bus_message_unref",
)


class Library:
    """`call(name, ...)` for what returns a number, `text(name, ...)` for what hands out a string."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._free = ctypes.CDLL(None).free
        self._free.argtypes, self._free.restype = [c_void_p], None
        for name, types in _FUNCTIONS.items():
            function = getattr(library, name, None)  # libelogind has no journal
            if function is not None:
                function.argtypes, function.restype = types, c_int
        for name in _CLOSING:
            if (function := getattr(library, name, None)) is not None:
                function.argtypes = [c_void_p]

    def call(self, name: str, *arguments: object) -> int:
        result = int(getattr(self._library, name)(*arguments))
        if result < 0:
            raise OSError(-result, os.strerror(-result), name)
        return result

    def text(self, name: str, *arguments: object, after: tuple[object, ...] = ()) -> str:
        """The string that the function allocates for the parameter between `arguments` and `after`."""
        pointer = c_char_p()
        self.call(name, *arguments, byref(pointer), *after)
        try:
            return (pointer.value or b"").decode("utf-8", "replace")
        finally:
            self._free(pointer)

    def has(self, name: str) -> bool:
        return hasattr(self._library, name)

    def close(self, name: str, handle: c_void_p) -> None:
        getattr(self._library, name)(handle)


def load(names: tuple[str, ...] = NAMES) -> Library | None:
    """None on systems without systemd or elogind."""
    for name in names:
        try:
            return Library(ctypes.CDLL(name))
        except OSError:
            continue
    return None
