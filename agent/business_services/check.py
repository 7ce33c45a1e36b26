"""One try of a business service: a connection, and for an address TLS and the first byte of an answer.

What each cause means stands in docs/signals.md, “Business services”.
"""

import socket
import time
from collections.abc import Sequence
from typing import Protocol

from agent.business_services.reach import Failed, Proxy, ask_for_tunnel, connect, limit
from agent.business_services.service import Service
from agent.store.service_checks import ServiceCheck
from agent.system.addresses import Address

DEADLINE = 5.0
"""Seconds for all of it; a service that takes longer is slow."""


class Asks(Protocol):
    """agent/business_services/https.py, which is loaded only where it is needed."""

    def ask(self, connection: socket.socket, service: Service, ends: float) -> None: ...

    def forget(self, service: Service) -> None: ...


def check(
    service: Service, addresses: Sequence[Address], proxy: Proxy | None, https: Asks | None
) -> ServiceCheck:
    """`addresses` are the service's, or the proxy's if there is one; none: the name is not known."""
    began = time.monotonic()
    cause = _try(service, addresses, proxy, https, began + DEADLINE)
    if not cause:
        return ServiceCheck(service.name, "", (time.monotonic() - began) * 1000)
    if https is not None:
        https.forget(service)
    return ServiceCheck(service.name, cause)


def _try(
    service: Service, addresses: Sequence[Address], proxy: Proxy | None, https: Asks | None, ends: float
) -> str:
    """The cause of its failure, or nothing."""
    if not addresses:
        return "name"
    try:
        with connect(addresses) as connection:
            limit(connection, ends)
            if proxy is not None:
                ask_for_tunnel(connection, proxy, service.authority, ends)
                limit(connection, ends)
            if service.path and https is not None:
                https.ask(connection, service, ends)
    except Failed as error:
        return error.cause
    except TimeoutError:
        return "slow"
    except (OSError, ValueError):  # it hung up, or speaks no TLS; ValueError: a name that TLS does not take
        return "refused"
    return ""
