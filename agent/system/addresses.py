"""Addresses of computers, as the name service tells them."""

import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    family: int
    endpoint: tuple[str | int | bytes, ...]

    @property
    def host(self) -> str:
        return str(self.endpoint[0]).partition("%")[0]


def resolve(host: str, port: int) -> list[Address]:
    """The preferred address of each family; none if the name service does not know or does not answer."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    preferred: dict[int, Address] = {}
    for family, _, _, _, endpoint in found:
        preferred.setdefault(family, Address(family, endpoint))
    return list(preferred.values())
