"""Whether the business services that the company listed answer from this laptop, once in 15 minutes of work.

Each look tries one of them, so that none takes long.

A laptop without any network says nothing about a service: then none is tried.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from agent.business_services.check import Asks, check
from agent.business_services.service import Service
from agent.business_services.way import Find
from agent.business_services.ways import Ways, find_way
from agent.collectors.options import CollectorOptions
from agent.reading import Collector, Happening, Reading, SourceAbsent, When
from agent.store.service_checks import ServiceCheck

EVERY = 60.0
ROUND = 15
"""Looks in which each service has one turn; the first look asks for all ways."""
WAYS_SECONDS = 1800.0
"""Ways older than this are of another network perhaps: work may have been interrupted for hours."""
DOWN_AFTER = 2
"""Failures in a row after which a service counts as down."""


class Services:
    """The cursor holds the failures in a row of each service that failed last, DOWN_AFTER at most."""

    def __init__(
        self,
        services: Sequence[Service],
        https: Asks | None,
        find: Find,
        offline: Callable[[], bool],
        ways: Callable[[Sequence[Service], Find], Ways] = Ways,
    ) -> None:
        self._services, self._https, self._find = services, https, find
        self._offline, self._ask = offline, ways
        self._ways: Ways | None = None
        self._asked_at = 0.0
        self._turn = 0
        self._trouble = ""

    def collect(self, now: float, cursor: str | None) -> Reading:
        if self._offline():
            return Reading()
        reading = Reading()
        if self._turn == 0 or not 0 <= now - self._asked_at < WAYS_SECONDS:
            self._begin_round(now)
        else:
            place, self._turn = self._turn - 1, (self._turn + 1) % ROUND
            if place < len(self._services):
                reading = self._try(self._services[place], now, cursor)
        if self._trouble and not reading.services:
            raise SourceAbsent(self._trouble)
        return reading

    def _begin_round(self, now: float) -> None:
        if self._ways is not None:
            self._ways.close()
        self._ways = self._ask(self._services, self._find)
        self._asked_at, self._turn = now, 1

    def _try(self, service: Service, now: float, cursor: str | None) -> Reading:
        way = self._ways.way(service) if self._ways is not None else None
        if way is None:
            return Reading()
        if service.path:
            self._trouble = way.trouble
        if way.trouble:
            return Reading()
        found = check(service, way.addresses, way.proxy, self._https)
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
    find = partial(find_way, configured=options.proxy, script=options.proxy_auto)
    found = Services(options.services, https, find, offline)
    return Collector("services", ("services",), EVERY, found.collect, When.ACTIVE)


def _none_listed(now: float, cursor: str | None) -> Reading:
    raise SourceAbsent("Your company has listed no services.")
