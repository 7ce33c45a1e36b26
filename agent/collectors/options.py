"""What configuration and policy may tell the collectors."""

from dataclasses import dataclass, field

from agent.agreed.applications import Applications
from agent.business_services.service import Service

Reference = tuple[str, str, int]
"""Name, host and port of a computer whose answers show how the network is doing."""


@dataclass(frozen=True, slots=True)
class CollectorOptions:
    """`references` are tried in this order, the collector's own endpoint first; `system_disk` is any path
    on the system's volume. `applications` are those that may be named. `proxy`, `proxy_auto` and `ca_file`
    are those of the configuration, empty where it names none. `collects` is false once the agreement has
    ended.
    """

    references: tuple[Reference, ...] = ()
    system_disk: str = "/"
    applications: Applications = field(default_factory=Applications)
    services: tuple[Service, ...] = ()
    proxy: str = ""
    proxy_auto: str = ""
    ca_file: str = ""
    collects: bool = True
