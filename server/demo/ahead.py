"""What other processes do for the demo company before its day comes: days of laptops, keys, signatures.

The story itself is told by one process, because each day follows from the one before.
"""

import multiprocessing
from collections import defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, timedelta
from types import TracebackType

from server.demo import helper
from server.demo.company import Outline
from server.demo.habits import bodies_of_day
from server.demo.pulse import Message
from server.demo.tokens import signatures
from server.pulse.blind_sign import SigningKey, new_key

WORKERS = 2
DAYS_AHEAD = 7
KEYS_AHEAD = 20
"""About as many as a period of the whole company needs."""


class Ahead(AbstractContextManager["Ahead"]):
    """Ask for a day with `look_ahead` before taking anything of it.

    `relieved`: employee ids of those who have what is tried out, on days that are not made yet.
    """

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self.relieved: frozenset[str] = frozenset()
        self._pool = ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"), helper.start)
        self._bodies: dict[date, Future[dict[int, bytes]]] = {}
        self._messages: dict[date, list[Message]] = defaultdict(list)
        self._signatures: dict[date, Future[list[bytes]]] = {}
        self._keys: deque[Future[SigningKey]] = deque()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def look_ahead(self, day: date) -> None:
        """Have everything made that this day and the next ones need."""
        for coming in (day + timedelta(days=n) for n in range(DAYS_AHEAD + 1)):
            if coming not in self._bodies and coming <= self._outline.last:
                self._bodies[coming] = self._pool.submit(bodies_of_day, self._outline, coming, self.relieved)
            if coming in self._messages and coming not in self._signatures:
                wanted = [(message.asked, message.signing) for message in self._messages[coming]]
                self._signatures[coming] = self._pool.submit(signatures, wanted)
        if len(self._keys) < KEYS_AHEAD:
            self._keys.append(self._pool.submit(new_key))

    def bodies(self, day: date) -> dict[int, bytes]:
        """The body of each laptop in use that day, by its person's number."""
        return self._bodies.pop(day).result()

    def key(self) -> SigningKey:
        return self._keys.popleft().result() if self._keys else new_key()

    def sign_in_time(self, messages: Iterable[Message]) -> None:
        """Have these signed before their days; those of the period before are forgotten."""
        self._messages.clear()
        self._signatures.clear()
        for message in messages:
            self._messages[message.day].append(message)

    def signed(self, day: date) -> list[tuple[Message, bytes]]:
        """The messages of a day with their signatures."""
        messages = self._messages.pop(day, [])
        return list(zip(messages, self._signatures.pop(day).result(), strict=True)) if messages else []
