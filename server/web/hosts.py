"""Under which names the collector answers: a page that was lured here under another name gets nothing.

Whoever owns a name can point it at this machine, and then a browser lets that owner's pages ask here. An
address in figures belongs to nobody else and cannot be bent, so it is always taken: watchers of a
load balancer and laptops of a small network use one.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request

from server.config import HOSTS, PUBLIC_URL, Settings
from server.errors import Problem

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")
_OPEN = ("health.alive", "health.ready")
"""What tells nothing that is not known; watchers ask under any name."""


class UnknownHost(Problem):
    """421, after which a laptop keeps its batch: names are put right, and then it comes through."""

    status, slug, title = 421, "unknown-host", "The collector does not answer under this name"


def answer_own_names(app: Flask, settings: Settings) -> None:
    """Refuse every request under a name that is not of this collector."""
    names = own_names(settings)

    @app.before_request
    def check() -> None:
        if request.endpoint not in _OPEN:
            check_host(request.environ, names)


def check_host(environ: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises UnknownHost for a request under another name."""
    if not is_ours(_asked_for(environ), names):
        raise UnknownHost(f"{PUBLIC_URL} and {HOSTS} name the hosts under which it does.")


def own_names(settings: Settings) -> frozenset[str]:
    """In small letters: of the settings, this machine's own, and loopback's."""
    public = urlsplit(settings.public_url).hostname or ""
    return frozenset(name.lower() for name in (public, *settings.hosts, socket.gethostname(), "localhost"))


def is_ours(host: str, names: Iterable[str]) -> bool:
    """Whether a Host header, a name or an address with or without a port, is of this collector."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].strip("[]").lower().removesuffix(".")
    return name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _asked_for(environ: Mapping[str, Any]) -> str:
    """The Host header. Watchers that speak HTTP/1.0 send none and mean the address they call."""
    given: str = environ.get("HTTP_HOST", "")
    old = not given and environ.get("SERVER_PROTOCOL") in ("HTTP/1", "HTTP/1.0")
    return "localhost" if old else given
