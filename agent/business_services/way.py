"""How a business service can be reached."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.business_services.reach import Proxy
from agent.business_services.service import Service
from agent.system.addresses import Address


@dataclass(frozen=True, slots=True)
class Way:
    """`addresses` are those of the proxy where one leads to the service; none: the name is not known.
    `trouble` is a sentence where no way can be tried at all."""

    addresses: tuple[Address, ...] = ()
    proxy: Proxy | None = None
    trouble: str = ""


Find = Callable[[Service], Way]
