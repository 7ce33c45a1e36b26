"""Who may read a file on Windows, by its list of permissions (securitybaseapi.h, sddl.h)."""

import ctypes
import os
import re
from collections.abc import Callable
from ctypes import byref, c_uint32, c_void_p, c_wchar_p
from pathlib import Path

from agent.system import dll_windows

PERMISSIONS = 0x4  # DACL_SECURITY_INFORMATION
REVISION = 1  # SDDL_REVISION_1
EVERYBODY = frozenset({"WD", "AU", "BU", "IU", "NU", "AN", "BG"})
"""Everyone, Authenticated Users, Users, people at a desktop, over the network, without a name, guests."""

_ENTRY = re.compile(r"\(([^()]*)\)")


def open_to(sddl: str) -> frozenset[str]:
    """Those of EVERYBODY whom a list of permissions lets in; a file without a list is open to all."""
    _, found, entries = sddl.partition("D:")
    if not found or entries.startswith("NO_ACCESS_CONTROL"):
        return frozenset({"WD"})
    allowed = [entry.split(";") for entry in _ENTRY.findall(entries) if entry.startswith("A;")]
    return EVERYBODY & {parts[5] for parts in allowed if len(parts) > 5}


def permissions_of(path: Path, load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> str:
    """In the Security Descriptor Definition Language; OSError where Windows does not tell."""
    security, text, size = load("advapi32"), c_wchar_p(), c_uint32()
    security.GetFileSecurityW.argtypes = (c_wchar_p, c_uint32, c_void_p, c_uint32, c_void_p)
    security.GetFileSecurityW(str(path), PERMISSIONS, None, 0, byref(size))
    descriptor = ctypes.create_string_buffer(max(size.value, 1))
    if not security.GetFileSecurityW(str(path), PERMISSIONS, descriptor, size, byref(size)):
        raise OSError(f"error {dll_windows.last_error()} of Windows")
    made = security.ConvertSecurityDescriptorToStringSecurityDescriptorW(
        descriptor, REVISION, PERMISSIONS, byref(text), None
    )
    if not made:
        raise OSError(f"error {dll_windows.last_error()} of Windows")
    try:
        return text.value or ""
    finally:
        load("kernel32").LocalFree(text)


def command_that_closes(folder: Path) -> str:
    """Leaves the folder to the system, to administrators and to the account that asks."""
    account = os.environ.get("USERNAME", "")
    own = "" if not account or account.endswith("$") else f' "{account}:(OI)(CI)F"'
    return f'icacls "{folder}" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F{own}'
