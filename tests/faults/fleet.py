"""Laptops that deliver while something is being broken, and the judge of what must be there afterwards.

A laptop sends one batch after the other, each until it is acknowledged, to any of the collectors; some it
sends once more, as if it had missed the answer. So what is acknowledged in the end is all that was sent, and
the store must hold exactly that.
"""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import factories
import requests
import sqlalchemy as sa
from factories import EnrolledDevice
from waiting import eventually

from server.clock import utc_now
from server.db import Store
from server.ingest.models import app_day, device_day, event, raw_batch
from server.ingest.partitions import ensure_around
from server.people.organisations import MAIN, create_organisation

LAPTOPS = 6
DAYS = 3
PAUSE_SECONDS = 0.01  # leaves the processor to what is being started
RETRY_SECONDS = 0.15  # short enough to meet every start
ANSWER_SECONDS = 3.0  # so long a laptop waits for an answer
AGAIN = 0.15  # the part of batches that is sent once more
LAST_SECONDS = 60.0  # much longer than anything takes, also on a machine with other work

NO_ANSWER = 0
"""In `Laptop.turned_away`, beside the status of answers."""


@dataclass
class Laptop:
    """What it sent and was acknowledged: `batches` by number, the day's edition, events."""

    device: EnrolledDevice
    addresses: Sequence[str]
    stop: threading.Event
    patience: float = ANSWER_SECONDS
    batches: dict[int, UUID] = field(default_factory=dict)
    editions: dict[str, int] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    turned_away: Counter[int] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        dice = random.Random(self.device.device_id.int)
        while not self.stop.is_set():
            self.send_next(dice)
            time.sleep(PAUSE_SECONDS)

    def send_next(self, dice: random.Random) -> None:
        """A new edition of a day, and a crash; the edition's number stands in its rows too."""
        seq = len(self.batches) + 1
        day = utc_now().date() - timedelta(days=seq % DAYS)
        crash = factories.event()
        apps = [{"name": "firefox", "version": "1", "hours": 1.0, "crashes": seq, "hangs": 0}]
        summary = factories.summary(revision=seq, rtt_ms=float(seq), apps=apps)
        content = factories.batch(self.device, seq, day, summary=summary, events=[crash])
        for _ in range(1 + (dice.random() < AGAIN)):
            if not self._acknowledged(content["batch_id"], factories.packed(content), dice):
                return
        self.batches[seq] = UUID(content["batch_id"])
        self.events.add(crash["event_id"])
        self.editions[day.isoformat()] = seq

    def _acknowledged(self, batch_id: str, body: bytes, dice: random.Random) -> bool:
        call = factories.sending(self.device, body)
        while True:
            address = dice.choice(self.addresses)
            try:
                answer = requests.post(address + "/api/v1/batches", timeout=self.patience, **call)
            except requests.RequestException:
                self.turned_away[NO_ANSWER] += 1
                time.sleep(RETRY_SECONDS)
                continue
            if answer.status_code == 503 and "Retry-After" in answer.headers:
                self.turned_away[503] += 1
                time.sleep(RETRY_SECONDS)
                continue
            if answer.status_code == 200 and answer.json()["batch_id"] == batch_id:
                return True
            self.refused.append(f"{answer.status_code} {answer.text}")
            self.stop.set()
            return False


@contextmanager
def delivering(
    store: Store,
    *addresses: str,
    laptops: int = LAPTOPS,
    patience: float = ANSWER_SECONDS,
    before: Callable[[], None] = lambda: None,
) -> Iterator[list[Laptop]]:
    """Laptops that deliver while the block runs. What they began they bring to its end after it.

    Each waits `patience` seconds for an answer, and does `before` first, in its own thread.
    """
    fleet = _enrolled(store, laptops, partial(Laptop, addresses=addresses, patience=patience))

    def run(laptop: Laptop) -> None:
        before()
        laptop.run()

    threads = [threading.Thread(target=run, args=(laptop,), daemon=True) for laptop in fleet]
    for thread in threads:
        thread.start()
    try:
        yield fleet
    finally:
        for laptop in fleet:
            laptop.stop.set()
    for thread in threads:
        thread.join(LAST_SECONDS)
        assert not thread.is_alive(), "the last batches were not acknowledged"
    for laptop in fleet:
        assert laptop.refused == []


def _enrolled(store: Store, laptops: int, make: Callable[..., Laptop]) -> list[Laptop]:
    today = utc_now().date()
    ensure_around(store, today)
    stop = threading.Event()
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", today)
        devices = [factories.enrol_device(session, org.org_id, today) for _ in range(laptops)]
    return [make(device, stop=stop) for device in devices]


def numbers(fleet: Sequence[Laptop]) -> list[int]:
    """How many batches each was acknowledged so far."""
    return [len(laptop.batches) for laptop in fleet]


def wait_for_all(fleet: Sequence[Laptop], look: Callable[[Laptop], object]) -> None:
    assert eventually(lambda: all(look(laptop) for laptop in fleet), LAST_SECONDS), [
        (len(laptop.batches), dict(laptop.turned_away), laptop.refused) for laptop in fleet
    ]


def wait_for_more(fleet: Sequence[Laptop], batches: int = 3) -> None:
    """Everybody delivers again."""
    least = {id(laptop): len(laptop.batches) + batches for laptop in fleet}
    wait_for_all(fleet, lambda laptop: len(laptop.batches) >= least[id(laptop)])


def assert_all_there_once(store: Store, fleet: Sequence[Laptop]) -> None:
    """What was acknowledged, each once, and nothing else; each day whole and in its newest edition."""
    found = Rows(store, fleet[0].device.org_id)
    for laptop in fleet:
        device_id = laptop.device.device_id
        assert sorted(found.batches[device_id]) == sorted(laptop.batches.items())
        assert sorted(found.events[device_id]) == sorted(laptop.events)
        wanted = sorted((day, number, float(number)) for day, number in laptop.editions.items())
        assert sorted(found.days[device_id]) == wanted
        assert sorted(found.apps[device_id]) == sorted(laptop.editions.items())


class Rows:
    """What the store holds, by laptop, in the words of `Laptop`."""

    def __init__(self, store: Store, org_id: UUID) -> None:
        with store.reading() as session:

            def read(table: sa.Table, *names: str) -> dict[UUID, list[tuple[Any, ...]]]:
                query = sa.select(table.c.device_id, *(table.c[name] for name in names))
                rows: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
                for device_id, *values in session.execute(query.where(table.c.org_id == org_id)):
                    rows[device_id].append(tuple(values))
                return rows

            self.batches = read(raw_batch, "seq", "batch_id")
            self.events = _in_words(read(event, "event_id"))
            self.days = _in_words(read(device_day, "day", "revision", "rtt_ms"))
            self.apps = _in_words(read(app_day, "day", "crashes"))


def _in_words(found: dict[UUID, list[tuple[Any, ...]]]) -> dict[UUID, list[Any]]:
    """The first value of each row as its text; a row of one value is that."""
    words: dict[UUID, list[Any]] = defaultdict(list)
    for device_id, rows in found.items():
        words[device_id] = [(str(first), *rest) if rest else str(first) for first, *rest in rows]
    return words
