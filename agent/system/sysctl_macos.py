"""Values of the kernel of macOS by their names (sysctlbyname(3))."""

import ctypes
from ctypes import byref, c_char_p, c_size_t, c_void_p

LONGEST = 4096


def raw(name: str) -> bytes:
    """Empty where the kernel has no such value."""
    call = getattr(ctypes.CDLL(None), "sysctlbyname", None)
    if call is None:
        return b""
    call.argtypes = (c_char_p, c_void_p, c_void_p, c_void_p, c_size_t)
    buffer, size = ctypes.create_string_buffer(LONGEST), c_size_t(LONGEST)
    failed = call(name.encode(), buffer, byref(size), None, 0)
    return b"" if failed else buffer.raw[: size.value]


def text(name: str) -> str:
    return raw(name).partition(b"\0")[0].decode("utf-8", "replace").strip()


def number(name: str) -> int | None:
    """A whole number of the size the kernel gives it; None where there is none."""
    value = raw(name)
    return int.from_bytes(value, "little", signed=True) if value else None
