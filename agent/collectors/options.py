"""What configuration and policy may tell the collectors."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from agent.agreed.applications import Applications
from agent.agreed.policy import Policy, Reference
from agent.business_services.service import Service
from agent.config import LOOPBACK, Config

PORTS = {"https": 443, "http": 80}


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


def collector_options(config: Config, policy: Policy) -> CollectorOptions:
    """The collector's own endpoint first; one on this laptop itself tells nothing about the network."""
    own = _endpoint(config.server)
    references = tuple(r for r in (own, *policy.references) if r is not None and r[1] not in LOOPBACK)
    return CollectorOptions(
        references=references,
        system_disk=config.system_disk,
        applications=policy.applications,
        services=policy.services,
        proxy=config.proxy,
        proxy_auto=config.proxy_auto,
        ca_file=config.ca_file,
        collects=not policy.ended,
    )


def _endpoint(server: str) -> Reference | None:
    parts = urlsplit(server)
    if not parts.hostname:
        return None
    return "collector", parts.hostname, parts.port or PORTS[parts.scheme]
