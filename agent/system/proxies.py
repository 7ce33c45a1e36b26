"""Which proxy leads to an address.

The configuration's, else the one that the environment names, else the one that the system is set to. Hosts
that `no_proxy` of the environment lists are reached directly in any case.
"""

import ipaddress
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

if sys.platform == "win32":
    from agent.system.proxies_windows import system_proxies
elif sys.platform == "darwin":
    from agent.system.proxies_macos import system_proxies
else:
    from agent.system.proxies_linux import system_proxies

DIRECT = "direct://"


def proxy_for(
    url: str,
    configured: str = "",
    script: str = "",
    environ: Mapping[str, str] = os.environ,
    ask_system: Callable[[str, str], Sequence[str]] = system_proxies,
) -> str:
    """The proxy's address, perhaps with a name and password; empty where none is needed.

    `script` is the address of a proxy script (PAC) that comes before the system's own settings. Asking the
    system may take seconds: for short-lived processes and threads beside the loop. Unreachable: there is a
    script and nobody here to run it.
    """
    parts = urlsplit(url)
    if _left_out(parts.hostname or "", parts.port, _value(environ, "no_proxy").split(",")):
        return ""
    named = configured or _from_environment(parts.scheme, environ)
    if named:
        return named if "://" in named else f"http://{named}"
    return _first_usable(ask_system(url, script))


def shown(proxy: str) -> str:
    """Host and port of a proxy: what may be shown and logged."""
    return proxy.rpartition("://")[2].rpartition("@")[2].rstrip("/")


def _from_environment(scheme: str, environ: Mapping[str, str]) -> str:
    return _value(environ, f"{scheme}_proxy") or _value(environ, "all_proxy")


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _first_usable(found: Sequence[str]) -> str:
    """Scripts name several, the preferred one first; SOCKS, which is not spoken here, only if all are."""
    for address in found:
        if address == DIRECT:
            return ""
        if address.startswith(("http://", "https://")):
            return address
    return next(iter(found), "")


def _left_out(host: str, port: int | None, listed: Iterable[str]) -> bool:
    """Each entry is a host, the end of its name (`example.org` leaves out `www.example.org` too), a network
    (`10.0.0.0/8`), or `*`; a host may have a port."""
    for entry in (part.strip().lower() for part in listed):
        name, _, wanted = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
        name = name.removeprefix("*").removeprefix(".")
        if wanted and wanted != str(port or ""):
            continue
        if entry == "*" or (name and (host == name or host.endswith(f".{name}") or _is_within(host, name))):
            return True
    return False


def _is_within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False
