"""A business service as a policy lists it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MOST = 10
"""More than these are not tried."""
HTTPS = 443


@dataclass(frozen=True, slots=True)
class Service:
    """`path` is asked for over HTTPS; where it is empty, a connection is opened and closed."""

    name: str
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """Host and port as HTTP writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def services_of(listed: object) -> tuple[Service, ...]:
    """The part `services` of a policy; entries that cannot be read are left out."""
    rows = listed if isinstance(listed, list) else []
    found = [service for row in rows if isinstance(row, dict) and (service := _service(row))]
    return tuple({service.name: service for service in reversed(found)}.values())[::-1][:MOST]


def _service(row: Mapping[str, Any]) -> Service | None:
    name, url = row.get("name"), row.get("url")
    if not isinstance(name, str) or not name.strip():
        return None
    if isinstance(url, str):
        return _of_address(name, url)
    host, port = row.get("host"), row.get("port")
    if isinstance(host, str) and isinstance(port, int) and 0 < port < 65536:
        return Service(name, known, port) if (known := _ascii(host)) else None
    return None


def _of_address(name: str, url: str) -> Service | None:
    """An address alone: no name or password, and nothing that would end a line of the request."""
    try:
        parts = urlsplit(url)
        host, port = _ascii(parts.hostname or ""), parts.port or HTTPS
    except ValueError:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    plain = path.isascii() and path.isprintable() and " " not in path
    if parts.scheme != "https" or not host or not plain or parts.username is not None:
        return None
    return Service(name, host, port, path)


def _ascii(host: str) -> str:
    """A name as the name service and certificates spell it; empty if there is no such spelling."""
    try:
        spelt = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return spelt if spelt.isprintable() and " " not in spelt and len(spelt) < 254 else ""
