"""Laptops that deliver without a pause while something is being broken, and what must be there afterwards."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import factories
import requests
import sqlalchemy as sa
from factories import EnrolledDevice

from server.clock import utc_now
from server.db import Store
from server.ingest.models import device_day, event, raw_batch
from server.ingest.partitions import ensure_around
from server.people.organisations import create_organisation

LAPTOPS = 6
DAYS = 3
RETRY_SECONDS = 0.15  # short enough to meet every start, long enough to leave the processor to it


@dataclass
class Laptop:
    """Sends one batch after the other, each until it is acknowledged, as the agent does."""

    device: EnrolledDevice
    address: str
    stop: threading.Event
    events: set[str] = field(default_factory=set)
    editions: dict[str, int] = field(default_factory=dict)
    batches: int = 0
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set():
            self.send_next()

    def send_next(self) -> None:
        seq = self.batches + 1
        day = utc_now().date() - timedelta(days=seq % DAYS)
        crash = factories.event()
        content = factories.batch(
            self.device, seq, day, summary=factories.summary(revision=seq), events=[crash]
        )
        if self._acknowledged(factories.packed(content)):
            self.batches = seq
            self.events.add(crash["event_id"])
            self.editions[day.isoformat()] = seq

    def _acknowledged(self, body: bytes) -> bool:
        call = factories.sending(self.device, body)
        while True:
            try:
                answer = requests.post(self.address + "/api/v1/batches", timeout=10, **call)
            except requests.RequestException:
                time.sleep(RETRY_SECONDS)
                continue
            if answer.status_code == 503:
                time.sleep(RETRY_SECONDS)
                continue
            if answer.status_code != 200:
                self.refused.append(answer.text)
                self.stop.set()
                return False
            return True


@contextmanager
def delivering(store: Store, address: str) -> Iterator[list[Laptop]]:
    """Laptops that deliver while the block runs. What they began they bring to its end after it."""
    laptops = enrolled_laptops(store, address)
    threads = [threading.Thread(target=laptop.run, daemon=True) for laptop in laptops]
    for thread in threads:
        thread.start()
    try:
        yield laptops
    finally:
        for laptop in laptops:
            laptop.stop.set()
    for thread in threads:
        thread.join(60)
    for laptop in laptops:
        assert laptop.refused == []


def enrolled_laptops(store: Store, address: str) -> list[Laptop]:
    today = utc_now().date()
    ensure_around(store, today)
    stop = threading.Event()
    with store.transaction() as session:
        org = create_organisation(session, "main", "Main", today)
        return [
            Laptop(factories.enrol_device(session, org.org_id, today), address, stop) for _ in range(LAPTOPS)
        ]


def assert_all_there_once(store: Store, laptop: Laptop) -> None:
    device = laptop.device
    with store.reading() as session:
        events, batches, days = (
            session.execute(
                sa.select(*(table.c[name] for name in names)).where(
                    table.c.org_id == device.org_id, table.c.device_id == device.device_id
                )
            ).all()
            for table, *names in (
                (event, "event_id"),
                (raw_batch, "seq"),
                (device_day, "day", "revision"),
            )
        )
    assert sorted(str(row.event_id) for row in events) == sorted(laptop.events)
    assert sorted(row.seq for row in batches) == list(range(1, laptop.batches + 1))
    assert {row.day.isoformat(): row.revision for row in days} == laptop.editions
