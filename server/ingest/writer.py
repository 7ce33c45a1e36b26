"""One writer per collector process: batches that wait together are written together and then answered.

A commit costs about the same for one batch and for fifty. The thread is a daemon on purpose: whoever waits
for an answer keeps the process alive long enough, and a batch without one is sent again.
"""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from datetime import date, timedelta
from uuid import UUID

import structlog

from server.clock import Clock
from server.db import STORE_TROUBLE, Store
from server.errors import StoreAway, TryLater
from server.ingest.partitions import ensure_partitions
from server.ingest.store import Delivery, Outcome, keep
from server.metrics import COMMIT_SECONDS, GROUP, WAITING, WAITING_LIMIT
from server.web.rates import retry_after

QUEUE_LENGTH = 512
"""Batches that may wait; beyond, laptops are told to come back."""
GROUP_LENGTH = 128
"""At most so many batches are written in one transaction."""
GATHER_SECONDS = 0.05
"""While batches come together, groups begin no sooner than so long after each other: each that is in a group
with four others costs half of what it costs alone, and no laptop minds."""
ENOUGH = 32
"""A group of so many waits for no more."""
_LOOK_SECONDS = 0.005
EARLIER_DAYS_AT_ONCE = 32
"""So many batches of earlier days are in hand at once, which is less than a collector has threads: a fleet
that returns with a backlog leaves the others free for what laptops say today, and for saying no."""
EARLIER = timedelta(days=2)
"""Days longer ago than this are earlier ones, wherever on earth it is today."""
WAIT_SECONDS = 20.0
"""A request waits so long for its commit."""

log = structlog.get_logger()


class Busy(TryLater):
    slug, title = "busy", "The collector has too much to do"


class Writer:
    """`submit` a delivery, wait for its outcome; it is durable once that is there."""

    def __init__(self, store: Store, clock: Clock, queue_length: int = QUEUE_LENGTH) -> None:
        self._store = store
        self._clock = clock
        self._waiting: queue.Queue[tuple[Delivery, Future[Outcome]] | None] = queue.Queue(queue_length)
        self._earlier = threading.BoundedSemaphore(EARLIER_DAYS_AT_ONCE)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._weeks: set[date] = set()

    def submit(self, delivery: Delivery) -> Future[Outcome]:
        """The outcome to come. Raises Busy when too many wait already; for earlier days that is sooner."""
        self._start()
        future: Future[Outcome] = Future()
        if delivery.batch.day < self._clock().date() - EARLIER:
            if not self._earlier.acquire(blocking=False):
                raise Busy("Earlier days later.", headers=retry_after(delivery.device_id))
            future.add_done_callback(lambda _: self._earlier.release())
        try:
            self._waiting.put_nowait((delivery, future))
        except queue.Full:
            busy = Busy("Come back later.", headers=retry_after(delivery.device_id))
            future.set_exception(busy)
            raise busy from None
        return future

    def close(self) -> None:
        """Write what waits, then end."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        """The thread starts with the first batch: a process that is forked before has none to lose."""
        with self._starting:
            if self._thread is None:
                WAITING_LIMIT.set(self._waiting.maxsize)
                self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()

    def is_dead(self) -> bool:
        """Whether it has ended and nobody asked it to: nothing would be written any more."""
        thread = self._thread
        return thread is not None and not thread.is_alive()

    def _run(self) -> None:
        ending, last, begun = False, 1, 0.0
        while not ending:
            group = [self._waiting.get()]
            if last > 1:  # waiting brings nothing where one laptop sends one batch after the other
                self._gather(until=begun + GATHER_SECONDS)
            begun = time.monotonic()
            while len(group) < GROUP_LENGTH and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            last = len(group)
            ending = None in group
            WAITING.set(self._waiting.qsize())
            by_org: dict[UUID, list[tuple[Delivery, Future[Outcome]]]] = defaultdict(list)
            for item in group:
                if item is not None:
                    by_org[item[0].org_id].append(item)
            for org_id, items in by_org.items():
                self._write(org_id, items)

    def _gather(self, until: float) -> None:
        while self._waiting.qsize() + 1 < ENOUGH and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)

    def _write(self, org_id: UUID, items: Sequence[tuple[Delivery, Future[Outcome]]]) -> None:
        """Write a group and answer it. One batch that cannot be written does not harm the others."""
        try:
            outcomes = self._keep(org_id, [delivery for delivery, _ in items])
        except STORE_TROUBLE as error:
            log.warning("the store did not take a group of batches", batches=len(items), error=_kind(error))
            for delivery, future in items:
                future.set_exception(StoreAway("Come back later.", headers=retry_after(delivery.device_id)))
        except Exception as error:
            self._weeks.clear()  # one may have been dropped by hand
            if len(items) == 1:
                items[0][1].set_exception(error)
                return
            log.warning("a group of batches is written one by one", batches=len(items), error=_kind(error))
            for item in items:
                self._write(org_id, [item])
        else:
            for (_, future), outcome in zip(items, outcomes, strict=True):
                future.set_result(outcome)

    def _keep(self, org_id: UUID, deliveries: Sequence[Delivery]) -> list[Outcome]:
        self._ensure_weeks(delivery.batch.day for delivery in deliveries)
        GROUP.observe(len(deliveries))
        with COMMIT_SECONDS.time(), self._store.engine.begin() as connection:
            return keep(connection, org_id, deliveries, self._clock().date())

    def _ensure_weeks(self, days: Iterable[date]) -> None:
        """The weeks of these days exist. They are made ahead by a job; this is for when it has not run."""
        for day in set(days):
            monday = day - timedelta(days=day.weekday())
            if monday not in self._weeks:
                ensure_partitions(self._store, monday, monday)
                self._weeks.add(monday)


def _kind(error: Exception) -> str:
    """The kind alone: the text of a database's error may quote what was sent."""
    return type(error).__name__
