"""Which proxy leads to an address: the configuration's, else the one that the environment names."""

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit


def proxy_for(url: str, configured: str, environ: Mapping[str, str] = os.environ) -> str:
    """The proxy's address; empty where there is none, or `no_proxy` leaves this host out."""
    if configured:
        return configured
    parts = urlsplit(url)
    if _left_out(parts.hostname or "", _value(environ, "no_proxy").split(",")):
        return ""
    return _value(environ, f"{parts.scheme}_proxy") or _value(environ, "all_proxy")


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _left_out(host: str, listed: Iterable[str]) -> bool:
    """Each entry is a host, or the end of its name: `example.org` leaves out `www.example.org` too."""
    for entry in (part.strip().lower().removeprefix(".") for part in listed):
        if entry and (entry == "*" or host == entry or host.endswith(f".{entry}")):
            return True
    return False
