"""Names asked for by a thread, where there is no fork."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from agent.system.addresses import Address


class Asker:
    """At work from the start; a name service that stays silent holds its thread and nothing else."""

    def __init__(
        self, endpoints: Sequence[tuple[str, int]], resolve: Callable[[str, int], list[Address]]
    ) -> None:
        self._told: deque[list[Address]] = deque()
        self._ended = False
        threading.Thread(target=self._ask, args=(endpoints, resolve), daemon=True).start()

    def new_answers(self) -> list[list[Address]]:
        """What came since the last call."""
        return [self._told.popleft() for _ in range(len(self._told))]

    def end(self) -> None:
        self._ended = True

    def _ask(
        self, endpoints: Sequence[tuple[str, int]], resolve: Callable[[str, int], list[Address]]
    ) -> None:
        for host, port in endpoints:
            if self._ended:
                return
            self._told.append(resolve(host, port))
