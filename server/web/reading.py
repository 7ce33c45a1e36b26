"""How many bodies are read at once: slow senders must not take all threads from those who send quickly.

A thread that reads a body waits for its sender. So a part of the threads never reads, one address may not
hold many of those that do, and while all places are taken, connections are given up much sooner
(`dashboards/stalled.py`). A body that came with its head takes its place for microseconds.
"""

import threading
from collections import Counter
from typing import IO

from flask import Flask, request

from agent.signals import LIMITS
from server.errors import TryLater
from server.web.body import BodyTooLarge
from server.web.rates import TooManyRequests, retry_anywhere, sender

MOST_AT_ONCE = 48
"""Bodies read at the same time, of the 64 threads of `dashboards/serve.py`."""
MOST_OF_ONE = 16
"""Of them, those of one address; a whole office may be behind it, but bodies are short."""
MOST_BYTES = LIMITS.body_bytes + 1
"""Of any body, also of forms; a call that takes less refuses earlier."""


class TooManyBodies(TryLater):
    slug, title = "busy-reading", "Too many bodies are being read"


class Places:
    """Where bodies are being read in this process, by address; an address without a name is not measured."""

    def __init__(self, most: int = MOST_AT_ONCE, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._taken = 0
        self._of: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def are_full(self) -> bool:
        return self._taken >= self._most

    def enter(self, address: str) -> None:
        """Raises TooManyBodies, or TooManyRequests where this address alone holds too many places."""
        with self._lock:
            if address and self._of[address] >= self._most_of_one:
                raise TooManyRequests("Too many bodies come slowly from here.", headers=retry_anywhere())
            if self.are_full:
                raise TooManyBodies("Come back later.", headers=retry_anywhere())
            self._taken += 1
            if address:
                self._of[address] += 1

    def leave(self, address: str) -> None:
        with self._lock:
            self._taken -= 1
            if address:
                self._of[address] -= 1
                if not self._of[address]:
                    del self._of[address]


class Measured:
    """The body of a request, which takes a place while it waits for its sender, and ends by its limit."""

    def __init__(self, stream: IO[bytes], places: Places, address: str) -> None:
        self._stream = stream
        self._places = places
        self._address = address
        self._left = MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        self._places.enter(self._address)
        try:
            piece = self._stream.read(self._left if size < 0 else min(size, self._left))
        finally:
            self._places.leave(self._address)
        self._left -= len(piece)
        if not self._left:
            raise BodyTooLarge(f"At most {LIMITS.body_bytes} bytes are accepted.")
        return piece


def limit_reading(app: Flask) -> None:
    """Measure the body of every request of this application."""
    places = app.extensions["places"] = Places()

    @app.before_request
    def measure() -> None:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            request.environ["wsgi.input"] = Measured(request.environ["wsgi.input"], places, sender())
