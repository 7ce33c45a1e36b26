"""Names of accounts on Windows: of Entra as the system remembers it, else of the domain or the laptop.

The service runs as the system, which may read the store of identities that the sign-in keeps per account.
"""

import ctypes
import sys
from collections.abc import Callable
from ctypes import byref, c_uint32, c_void_p, create_unicode_buffer

from agent.reading import SourceAbsent
from agent.system import dll_windows

IDENTITY = r"SOFTWARE\Microsoft\IdentityStore\Cache\{sid}\IdentityCache\{sid}"
PEOPLE = ("S-1-5-21-", "S-1-12-1-")
"""Accounts of a laptop or a domain, and of Entra ([MS-DTYP] 2.4.2.4); all others are the system's."""
LONGEST = 256

Load = Callable[[str], ctypes.CDLL]


def name_of(
    sid: str,
    remembered: Callable[[str], str] | None = None,
    load: Load = dll_windows.load,
) -> str:
    """`anna@example.org` of Entra, else `EXAMPLE\\anna` or `LAPTOP7\\anna`."""
    if not sid.startswith(PEOPLE):
        return ""
    return (remembered or _remembered)(sid) or _looked_up(sid, load)


def _remembered(sid: str) -> str:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, IDENTITY.format(sid=sid)) as key:
                return str(winreg.QueryValueEx(key, "UserName")[0])
        except OSError:
            pass
    return ""


def _looked_up(sid: str, load: Load) -> str:
    """By LookupAccountSidW (winbase.h)."""
    try:
        api, kernel = load("advapi32"), load("kernel32")
    except SourceAbsent:
        return ""
    kernel.LocalFree.argtypes = (c_void_p,)
    packed = c_void_p()
    if not api.ConvertStringSidToSidW(ctypes.c_wchar_p(sid), byref(packed)):
        return ""
    name, domain = create_unicode_buffer(LONGEST), create_unicode_buffer(LONGEST)
    sizes, kind = (c_uint32(LONGEST), c_uint32(LONGEST)), c_uint32()
    try:
        known = api.LookupAccountSidW(
            None, packed, name, byref(sizes[0]), domain, byref(sizes[1]), byref(kind)
        )
    finally:
        kernel.LocalFree(packed)
    return f"{domain.value}\\{name.value}" if known and name.value else ""
