"""The proxy that macOS is set to (CFProxySupport.h): by a script or by hand."""

import ctypes
import plistlib
from collections.abc import Callable, Mapping, Sequence
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_long,
    c_uint32,
    c_void_p,
)
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FRAMEWORKS = Path("/System/Library/Frameworks")
CORE_FOUNDATION = FRAMEWORKS / "CoreFoundation.framework" / "CoreFoundation"
NETWORK = FRAMEWORKS / "CFNetwork.framework" / "CFNetwork"
UTF8 = 0x08000100  # kCFStringEncodingUTF8
XML = 100  # kCFPropertyListXMLFormat_v1_0
SCRIPT_SECONDS = 10.0
MODE = b"dex-agent"
"""Of the run loop: nothing else is served meanwhile."""
DIRECT = "direct://"
KINDS = {"kCFProxyTypeHTTP": "http", "kCFProxyTypeHTTPS": "http", "kCFProxyTypeSOCKS": "socks5"}
"""An HTTPS proxy of macOS is one for https:// addresses, spoken to without TLS."""

Load = Callable[[str], ctypes.CDLL]


class Context(Structure):
    """CFStreamClientContext"""

    _fields_ = (
        ("version", c_long),
        ("info", c_void_p),
        ("retain", c_void_p),
        ("release", c_void_p),
        ("describe", c_void_p),
    )


Told = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)
"""CFProxyAutoConfigurationResultCallback: client, list of proxies, error."""


def system_proxies(url: str, script: str, load: Load = ctypes.CDLL) -> Sequence[str]:
    """Addresses, the preferred one first; none where nothing is set."""
    core, network = _declared(load(str(CORE_FOUNDATION)), load(str(NETWORK)))
    settings = _plist(core, network.CFNetworkCopySystemProxySettings())
    if not isinstance(settings, dict):
        settings = {}
    script = script or script_of(settings)
    if script:
        told = _run(core, network, url, script)
        if told is not None:
            return [address for address in map(address_of, told) if address]
    return by_hand(settings, url)


def script_of(settings: Mapping[str, Any]) -> str:
    return str(settings.get("ProxyAutoConfigURLString", "")) if settings.get("ProxyAutoConfigEnable") else ""


def by_hand(settings: Mapping[str, Any], url: str) -> list[str]:
    """What is set for http:// or https://, unless the host is left out."""
    parts = urlsplit(url)
    host, kind = parts.hostname or "", parts.scheme.upper()
    if not settings.get(f"{kind}Enable") or not settings.get(f"{kind}Proxy"):
        return []
    simple = settings.get("ExcludeSimpleHostnames") and "." not in host
    left_out = (str(entry).lower() for entry in settings.get("ExceptionsList", ()))
    if simple or any(fnmatchcase(host, entry) for entry in left_out):
        return [DIRECT]
    return [f"http://{settings[f'{kind}Proxy']}:{settings.get(f'{kind}Port', 80)}"]


def address_of(proxy: Mapping[str, Any]) -> str:
    """Of one that a script named; empty for kinds that nobody knows."""
    kind = proxy.get("kCFProxyTypeKey")
    if kind == "kCFProxyTypeNone":
        return DIRECT
    if kind not in KINDS:
        return ""
    host, port = proxy.get("kCFProxyHostNameKey"), proxy.get("kCFProxyPortNumberKey", 80)
    return f"{KINDS[kind]}://{host}:{port}"


def _declared(core: ctypes.CDLL, network: ctypes.CDLL) -> tuple[ctypes.CDLL, ctypes.CDLL]:
    core.CFURLCreateWithBytes.restype = c_void_p
    core.CFURLCreateWithBytes.argtypes = (c_void_p, c_char_p, c_long, c_uint32, c_void_p)
    core.CFStringCreateWithCString.restype = c_void_p
    core.CFStringCreateWithCString.argtypes = (c_void_p, c_char_p, c_uint32)
    core.CFPropertyListCreateData.restype = c_void_p
    core.CFPropertyListCreateData.argtypes = (c_void_p, c_void_p, c_int64, c_uint32, c_void_p)
    core.CFDataGetBytePtr.restype, core.CFDataGetBytePtr.argtypes = c_void_p, (c_void_p,)
    core.CFDataGetLength.restype, core.CFDataGetLength.argtypes = c_long, (c_void_p,)
    core.CFRelease.restype, core.CFRelease.argtypes = None, (c_void_p,)
    core.CFRunLoopGetCurrent.restype = c_void_p
    core.CFRunLoopStop.argtypes = (c_void_p,)
    core.CFRunLoopAddSource.argtypes = core.CFRunLoopRemoveSource.argtypes = (c_void_p, c_void_p, c_void_p)
    core.CFRunLoopRunInMode.restype, core.CFRunLoopRunInMode.argtypes = (
        c_int32,
        (c_void_p, c_double, c_uint32),
    )
    network.CFNetworkCopySystemProxySettings.restype = c_void_p
    network.CFNetworkExecuteProxyAutoConfigurationURL.restype = c_void_p
    network.CFNetworkExecuteProxyAutoConfigurationURL.argtypes = (c_void_p, c_void_p, Told, POINTER(Context))
    return core, network


def _run(
    core: ctypes.CDLL, network: ctypes.CDLL, url: str, script: str
) -> Sequence[Mapping[str, Any]] | None:
    """What a script answers; None where it cannot be fetched or says nothing in time."""
    answers: list[Any] = []
    loop = core.CFRunLoopGetCurrent()

    def told(_client: int, proxies: int | None, _error: int | None) -> None:
        answers.append(_plist(core, proxies, keep=True) if proxies else None)
        core.CFRunLoopStop(loop)

    called = Told(told)
    made = [_url(core, script), _url(core, url), core.CFStringCreateWithCString(None, MODE, UTF8)]
    try:
        if not all(made):
            return None
        made.append(network.CFNetworkExecuteProxyAutoConfigurationURL(made[0], made[1], called, Context()))
        core.CFRunLoopAddSource(loop, made[3], made[2])
        core.CFRunLoopRunInMode(made[2], SCRIPT_SECONDS, False)
        core.CFRunLoopRemoveSource(loop, made[3], made[2])
    finally:
        for thing in made:
            if thing:
                core.CFRelease(thing)
    return answers[0] if answers else None


def _url(core: ctypes.CDLL, address: str) -> int | None:
    text = address.encode()
    made: int | None = core.CFURLCreateWithBytes(None, text, len(text), UTF8, None)
    return made


def _plist(core: ctypes.CDLL, thing: int | None, keep: bool = False) -> Any:
    """A dictionary or list of macOS as one of Python. It is let go of unless somebody else keeps it."""
    data = core.CFPropertyListCreateData(None, thing, XML, 0, None) if thing else None
    try:
        if not data:
            return None
        return plistlib.loads(ctypes.string_at(core.CFDataGetBytePtr(data), core.CFDataGetLength(data)))
    finally:
        for each in (data, None if keep else thing):
            if each:
                core.CFRelease(each)
