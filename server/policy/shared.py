"""While many laptops ask for their policy at once, it is made for one of them and told to the others.

A fleet that returns asks for it first. Told from memory it costs little, so that fewer have to be sent away.
Otherwise each laptop hears what holds at that moment.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

SHARED_SECONDS = 5.0
"""So old a policy may be that is told from memory. Laptops ask each hour, so what was changed, as an
agreement that ended, reaches them within an hour and this."""
FEW = 2
"""So many that ask at the same time are not many."""
MOST_ORGANISATIONS = 100
"""Of so many a policy is remembered."""

Document = dict[str, Any]


class SharedPolicies:
    """Policies of organisations, without what differs by laptop, as one collector process made them last."""

    def __init__(self) -> None:
        self._asking = 0
        self._made: dict[UUID, tuple[float, Document]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A laptop asks, until the end of the block."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    def of(self, org_id: UUID, make: Callable[[], Document]) -> Document:
        """The policy of this organisation, which the caller must not change."""
        now = time.monotonic()
        made_at, document = self._made.get(org_id, (-SHARED_SECONDS, {}))
        if self._asking > FEW and now - made_at < SHARED_SECONDS:
            return document
        document = make()
        with self._lock:
            if len(self._made) >= MOST_ORGANISATIONS:
                self._made.clear()
            self._made[org_id] = now, document
        return document
