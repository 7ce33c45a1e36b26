"""Whether the business services that the company listed answer from this laptop, once in 15 minutes of work.

Each look tries one of them, so that none takes long.

A laptop without any network says nothing about a service: then none is tried.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from agent.business_services.check import Asks, check
from agent.business_services.names import Endpoint, Names
from agent.business_services.reach import Proxy
from agent.business_services.service import Service
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import Collector, Happening, Reading, SourceAbsent, When
from agent.sending.proxies import proxy_for
from agent.store.service_checks import ServiceCheck

EVERY = 60.0
ROUND = 15
"""Looks in which each service has one turn; the first look asks for all names."""
NAMES_SECONDS = 1800.0
"""Addresses older than this are of another network perhaps: work may have been interrupted for hours."""
DOWN_AFTER = 2
"""Failures in a row after which a service counts as down."""


class Services:
    """The cursor holds the failures in a row of each service that failed last, DOWN_AFTER at most."""

    def __init__(
        self,
        services: Sequence[Service],
        https: Asks | None,
        proxy_of: Callable[[Service], Proxy | None],
        offline: Callable[[], bool],
        names: Callable[[Sequence[Endpoint]], Names] = Names,
    ) -> None:
        self._services, self._https, self._proxy_of = services, https, proxy_of
        self._offline, self._ask = offline, names
        self._names: Names | None = None
        self._asked_at = 0.0
        self._turn = 0

    def collect(self, now: float, cursor: str | None) -> Reading:
        if self._offline():
            return Reading()
        if self._turn == 0 or not 0 <= now - self._asked_at < NAMES_SECONDS:
            self._begin_round(now)
            return Reading()
        place, self._turn = self._turn - 1, (self._turn + 1) % ROUND
        return self._try(self._services[place], now, cursor) if place < len(self._services) else Reading()

    def _begin_round(self, now: float) -> None:
        if self._names is not None:
            self._names.close()
        self._names = self._ask([self._endpoint(service) for service in self._services])
        self._asked_at, self._turn = now, 1

    def _endpoint(self, service: Service) -> Endpoint:
        """Whose address is needed: with a proxy it is the proxy's."""
        proxy = self._proxy_of(service)
        return (proxy.host, proxy.port) if proxy is not None else (service.host, service.port)

    def _try(self, service: Service, now: float, cursor: str | None) -> Reading:
        addresses = self._names.addresses(self._endpoint(service)) if self._names is not None else None
        if addresses is None:
            return Reading()
        found = check(service, addresses, self._proxy_of(service), self._https)
        known: dict[str, int] = json.loads(cursor) if cursor else {}
        before = known.pop(service.name, 0)
        names = {listed.name for listed in self._services}
        failing = {name: failures for name, failures in known.items() if name in names}
        if found.cause:
            failing[service.name] = min(before + 1, DOWN_AFTER)
        return Reading(
            services=[found],
            events=_events(found, before, datetime.fromtimestamp(now, UTC)),
            cursor=json.dumps(failing, sort_keys=True),
        )


def _events(found: ServiceCheck, before: int, at: datetime) -> list[Happening]:
    if found.cause and before == DOWN_AFTER - 1:
        return [Happening("service_down", at, detail={"service": found.service, "cause": found.cause})]
    if not found.cause and before == DOWN_AFTER:
        return [Happening("service_up", at, detail={"service": found.service})]
    return []


def collector(options: CollectorOptions, offline: Callable[[], bool] = lambda: False) -> Collector:
    """`offline` tells whether this laptop has no network at all."""
    if not options.services:
        return Collector("services", ("services",), EVERY, _none_listed)

    https: Asks | None = None
    if any(service.path for service in options.services):
        from agent.business_services.https import Https

        https = Https(options.ca_file)
    found = Services(options.services, https, _proxies(options.proxy), offline)
    return Collector("services", ("services",), EVERY, found.collect, When.ACTIVE)


def _none_listed(now: float, cursor: str | None) -> Reading:
    raise SourceAbsent("Your company has listed no services.")


def _proxies(configured: str) -> Callable[[Service], Proxy | None]:
    """Of those over HTTPS: other programs know nothing of a proxy."""

    def proxy_of(service: Service) -> Proxy | None:
        address = proxy_for(f"https://{service.authority}", configured) if service.path else ""
        proxy = Proxy.of(address) if address else None
        if address and proxy is None:
            raise SourceAbsent("Services cannot be tried through a proxy of the kind that is set here.")
        return proxy

    return proxy_of
