"""Entries of the policy as somebody typed them: read, or refused in one sentence. Pure."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from server.errors import UsageError

NAME_LENGTH, ADDRESS_LENGTH, APPLICATION_LENGTH = 60, 200, 100
CPU_BOUNDS, MEMORY_BOUNDS = (0.5, 60.0), (32.0, 1024.0)
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def service(name: str, address: str) -> dict[str, Any]:
    """A row of the policy: the address is https://…, or host:port."""
    if "://" not in address:
        return {"name": _name(name), **_endpoint(address)}
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"The address {address!r} cannot be read: {error}.") from error
    plain = address.isascii() and address.isprintable() and " " not in address
    if parts.scheme != "https" or not plain or len(address) > ADDRESS_LENGTH:
        raise UsageError(
            f"A service is tried at an address that begins with https:// or at host:port, not at {address!r}."
        )
    if parts.username is not None or parts.fragment:
        raise UsageError(f"The address {address!r} must be without a user's name and without #.")
    _host(host)
    return {"name": _name(name), "url": address}


def collector(address: str) -> str:
    """The address of a collector, without a slash at its end."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"The address {address!r} cannot be read: {error}.") from error
    plain = address.isascii() and address.isprintable() and " " not in address
    here = parts.scheme == "http" and host in ("127.0.0.1", "localhost")
    if not plain or len(address) > ADDRESS_LENGTH or not (parts.scheme == "https" or here):
        raise UsageError(f"Laptops go to an address that begins with https://, not to {address!r}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError(f"The address {address!r} must be an address alone, without ? # or @.")
    _host(host)
    return address.rstrip("/")


def reference(name: str, address: str) -> dict[str, Any]:
    """A row of the policy."""
    return {"name": _name(name), **_endpoint(address)}


def application(name: str) -> str:
    """The name of an executable."""
    plain = name.strip()
    if not plain or len(plain) > APPLICATION_LENGTH or not plain.isprintable() or set(plain) & set("/\\"):
        raise UsageError(f"An application is named by its executable alone, not by {name!r}.")
    if plain.casefold() == "other":
        raise UsageError("“other” stands for all applications that are not listed.")
    return plain


def within(value: float, bounds: tuple[float, float], what: str) -> float:
    low, high = bounds
    if not low <= value <= high:
        raise UsageError(f"{what} must be between {low:g} and {high:g}.")
    return value


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > NAME_LENGTH or not plain.isprintable():
        raise UsageError(f"A name has 1 to {NAME_LENGTH} printable characters.")
    return plain


def _endpoint(address: str) -> dict[str, Any]:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"{address!r} is no host:port, such as mail.example.org:993.")
    return {"host": _host(host.removeprefix("[").removesuffix("]")), "port": int(port)}


def _host(host: str) -> str:
    if _HOST.fullmatch(host) and len(host) <= 253:
        return host.lower()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise UsageError(f"{host!r} is no name and no address of a computer.") from None
