"""What other processes do for the demo company before its day comes: days of laptops, keys, signatures.

The story itself is told by one process, because each day follows from the one before.
"""

import gzip
import multiprocessing
import os
import signal
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, timedelta
from functools import lru_cache
from types import TracebackType

import msgspec

from server.demo.company import Company, Outline, install_id, make_company
from server.demo.effects import Effects
from server.demo.habits import day_batch, works
from server.demo.pulse import Message, signatures
from server.pulse.blind_sign import SigningKey, new_key

WORKERS = 2
DAYS_AHEAD = 7
KEYS_AHEAD = 20
"""About as many as a period of the whole company needs."""


class Ahead(AbstractContextManager["Ahead"]):
    """Ask for a day with `look_ahead` before taking anything of it."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._pool = ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"), _start)
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
                self._bodies[coming] = self._pool.submit(bodies_of_day, self._outline, coming)
            if coming in self._messages and coming not in self._signatures:
                self._signatures[coming] = self._pool.submit(signatures, self._messages[coming])
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


def bodies_of_day(outline: Outline, day: date) -> dict[int, bytes]:
    """What the laptops send of a day, encoded and compressed as the agent does it."""
    company, effects = _told(outline)
    return {
        employee.number: gzip.compress(msgspec.json.encode(_batch(company, effects, employee.number, day)), 6)
        for employee in company.employees
        if works(employee, day)
    }


def _batch(company: Company, effects: Effects, number: int, day: date) -> dict[str, object]:
    employee = company.employees[number - 1]
    return day_batch(company.seed, employee, day, effects, install_id(company.seed, employee))


@lru_cache(1)
def _told(outline: Outline) -> tuple[Company, Effects]:
    company = make_company(outline)
    return company, Effects.planted(company)


def _start() -> None:
    """Ctrl-C is for the process that asks; one that was killed takes its helpers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
