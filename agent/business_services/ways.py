"""The ways to business services: which proxy leads there, and what addresses it or the service has.

Asked for beside the agent's loop: a name service may be silent for half a minute, a proxy script too. On
Linux a child asks and ends, as the agent has one thread there; elsewhere a thread does.
"""

import sys
from collections.abc import Sequence

from agent.business_services.reach import Proxy
from agent.business_services.service import Service
from agent.business_services.way import Find, Way
from agent.errors import Unreachable
from agent.language.words import said
from agent.system.addresses import resolve
from agent.system.proxies import proxy_for

if sys.platform == "linux":
    from agent.business_services.ways_linux import Asker
else:
    from agent.business_services.ways_thread import Asker

OTHER_KIND = said("Services cannot be tried through a proxy of the kind that is set here.")


def find_way(service: Service, configured: str = "", script: str = "") -> Way:
    """Other programs than browsers know nothing of a proxy, so it leads to services over HTTPS alone."""
    if not service.path:
        return Way(tuple(resolve(service.host, service.port)))
    try:
        address = proxy_for(f"https://{service.authority}", configured, script)
    except Unreachable as error:
        return Way(trouble=str(error))
    proxy = Proxy.of(address) if address else None
    if address and proxy is None:
        return Way(trouble=OTHER_KIND)
    host, port = (proxy.host, proxy.port) if proxy is not None else (service.host, service.port)
    return Way(tuple(resolve(host, port)), proxy)


class Ways:
    """One round of questions, in this order, under way from the start."""

    def __init__(self, services: Sequence[Service], find: Find) -> None:
        self._services = list(services)
        self._answers: list[Way] = []
        self._asker = Asker(self._services, find)

    def way(self, service: Service) -> Way | None:
        """None where it was not asked for yet; one without addresses where no answer came yet."""
        self._answers += self._asker.new_answers()
        place = self._services.index(service)
        if place < len(self._answers):
            return self._answers[place]
        return Way() if place == len(self._answers) else None

    def close(self) -> None:
        self._asker.end()
