"""Addresses of computers, asked for beside the agent's loop: a name service may be silent for half a minute.

On Linux a child asks and ends, as the agent has one thread there; elsewhere a thread does.
"""

import sys
from collections.abc import Callable, Sequence

from agent.system.addresses import Address, resolve

if sys.platform == "linux":
    from agent.business_services.names_linux import Asker
else:
    from agent.business_services.names_thread import Asker

Endpoint = tuple[str, int]
"""Host and port."""


class Names:
    """One round of questions, in this order, under way from the start."""

    def __init__(
        self, endpoints: Sequence[Endpoint], resolve: Callable[[str, int], list[Address]] = resolve
    ) -> None:
        self._endpoints = list(dict.fromkeys(endpoints))
        self._answers: list[list[Address]] = []
        self._asker = Asker(self._endpoints, resolve)

    def addresses(self, endpoint: Endpoint) -> list[Address] | None:
        """None where the name was not asked for yet; empty where it is not known or did not come yet."""
        self._answers += self._asker.new_answers()
        if endpoint not in self._endpoints:  # another proxy leads there since this round began
            return None
        place = self._endpoints.index(endpoint)
        if place < len(self._answers):
            return self._answers[place]
        return [] if place == len(self._answers) else None

    def close(self) -> None:
        self._asker.end()
