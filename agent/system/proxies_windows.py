"""The proxy that Windows is set to (winhttp.h): by a script, by hand for this account, or for the machine."""

import ctypes
import re
import sys
from collections.abc import Callable, Sequence
from ctypes import POINTER, Structure, byref, c_int, c_uint32, c_void_p, c_wchar_p
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

NO_PROXY, NAMED_PROXY = 1, 3  # WINHTTP_ACCESS_TYPE_*
AUTO_DETECT, CONFIG_URL = 1, 2  # WINHTTP_AUTOPROXY_*
BY_DHCP_AND_DNS = 3  # WINHTTP_AUTO_DETECT_TYPE_*
LOCAL = "<local>"
DIRECT = "direct://"


class Account(Structure):
    """WINHTTP_CURRENT_USER_IE_PROXY_CONFIG"""

    _fields_ = (("detect", c_int), ("script", c_void_p), ("proxy", c_void_p), ("bypass", c_void_p))


class Info(Structure):
    """WINHTTP_PROXY_INFO"""

    _fields_ = (("access", c_uint32), ("proxy", c_void_p), ("bypass", c_void_p))


class Options(Structure):
    """WINHTTP_AUTOPROXY_OPTIONS"""

    _fields_ = (
        ("flags", c_uint32),
        ("detect", c_uint32),
        ("script", c_wchar_p),
        ("reserved", c_void_p),
        ("reserved_too", c_uint32),
        ("signs_in", c_int),
    )


def _library(name: str) -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.WinDLL(name)
    raise OSError(f"There is no {name} on this system.")


def system_proxies(url: str, script: str, load: Callable[[str], ctypes.CDLL] = _library) -> Sequence[str]:
    """Addresses, the preferred one first; none where nothing is set."""
    api, kernel = load("winhttp"), load("kernel32")
    kernel.GlobalFree.argtypes = (c_void_p,)
    api.WinHttpGetProxyForUrl.argtypes = (c_void_p, c_wchar_p, POINTER(Options), POINTER(Info))
    api.WinHttpOpen.restype = c_void_p
    api.WinHttpOpen.argtypes = (c_wchar_p, c_uint32, c_wchar_p, c_wchar_p, c_uint32)
    api.WinHttpCloseHandle.argtypes = (c_void_p,)

    detect, of_account, by_hand = _of_account(api, kernel)
    if detect or script or of_account:
        told = _by_script(api, kernel, url, script or of_account)
        if told is not None:
            return told
    return chosen(*by_hand, url) or chosen(*_of_machine(api, kernel), url)


def chosen(proxies: str, bypass: str, url: str) -> list[str]:
    """Of `proxy:8080` or `http=proxy:80;https=proxy:443`, unless the host is left out."""
    parts = urlsplit(url)
    if not proxies:
        return []
    if _is_left_out(parts.hostname or "", bypass):
        return [DIRECT]
    found = []
    for entry in re.split(r"[;\s]+", proxies.strip()):
        scheme, named, address = entry.rpartition("=")
        if address and (not named or scheme.lower() in (parts.scheme, "socks")):
            whole = address if "://" in address else f"http://{address}"
            found.append(whole.replace("http:", "socks5:", 1) if scheme.lower() == "socks" else whole)
    return sorted(found, key=lambda address: address.startswith("socks5:"))


def _is_left_out(host: str, bypass: str) -> bool:
    for entry in re.split(r"[;\s]+", bypass.strip().lower()):
        if entry == LOCAL and "." not in host and ":" not in host:
            return True
        if entry and fnmatchcase(host, entry.rpartition("://")[2]):
            return True
    return False


def _of_account(api: ctypes.CDLL, kernel: ctypes.CDLL) -> tuple[bool, str, tuple[str, str]]:
    """Whether to look for a script in the network; the address of one; what is set by hand."""
    found = Account()
    if not api.WinHttpGetIEProxyConfigForCurrentUser(byref(found)):
        return False, "", ("", "")
    script, proxy, bypass = (_taken(kernel, text) for text in (found.script, found.proxy, found.bypass))
    return bool(found.detect), script, (proxy, bypass)


def _of_machine(api: ctypes.CDLL, kernel: ctypes.CDLL) -> tuple[str, str]:
    """As `netsh winhttp set proxy` has set it."""
    found = Info()
    if not api.WinHttpGetDefaultProxyConfiguration(byref(found)):
        return "", ""
    return _taken(kernel, found.proxy), _taken(kernel, found.bypass)


def _by_script(api: ctypes.CDLL, kernel: ctypes.CDLL, url: str, script: str) -> Sequence[str] | None:
    """None where the script, or without an address one in the network, cannot be fetched."""
    session = api.WinHttpOpen("dex-agent", NO_PROXY, None, None, 0)
    if not session:
        return None
    try:
        options = Options(
            flags=CONFIG_URL if script else AUTO_DETECT,
            detect=0 if script else BY_DHCP_AND_DNS,
            script=script or None,
            signs_in=1,
        )
        found = Info()
        if not api.WinHttpGetProxyForUrl(session, url, byref(options), byref(found)):
            return None
        proxy, bypass = _taken(kernel, found.proxy), _taken(kernel, found.bypass)
        return chosen(proxy, bypass, url) if found.access == NAMED_PROXY else [DIRECT]
    finally:
        api.WinHttpCloseHandle(session)


def _taken(kernel: ctypes.CDLL, address: int | None) -> str:
    """A text that WinHTTP has made, which is freed."""
    if not address:
        return ""
    text = ctypes.wstring_at(address)
    kernel.GlobalFree(address)
    return text
