"""Ways found by a thread, where there is no fork."""

import threading
from collections import deque
from collections.abc import Sequence

from agent.business_services.service import Service
from agent.business_services.way import Find, Way


class Asker:
    """At work from the start; a name service that stays silent holds its thread and nothing else."""

    def __init__(self, services: Sequence[Service], find: Find) -> None:
        self._told: deque[Way] = deque()
        self._ended = False
        threading.Thread(target=self._ask, args=(services, find), daemon=True).start()

    def new_answers(self) -> list[Way]:
        """What came since the last call."""
        return [self._told.popleft() for _ in range(len(self._told))]

    def end(self) -> None:
        self._ended = True

    def _ask(self, services: Sequence[Service], find: Find) -> None:
        for service in services:
            if self._ended:
                return
            self._told.append(find(service))
