"""Clocks that are wrong, of laptops and of collectors: what is said of a day is kept once under that day, or
refused by name, and no clock decides which edition is the newest.

A laptop sets its time right by the collector's answers (tests/agent/test_delivery.py).
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import factories
import pytest
import sqlalchemy as sa
from conftest import NOW, SettableClock
from flask import Flask

from agent.signals import LIMITS
from server import create_app
from server.config import Settings
from server.db import Store
from server.ingest.models import device_day, event, raw_batch
from server.ingest.partitions import ensure_around

OFF_HOURS = (-72, 0, 30)
"""How far the clocks of collectors are off."""
DAYS = 4


@pytest.fixture
def collectors(settings: Settings, store: Store) -> Iterator[list[Flask]]:
    """On one store, each with its own idea of what time it is."""
    with ExitStack() as stack:
        made = []
        for hours in OFF_HOURS:
            app = create_app(settings, store, SettableClock(NOW + timedelta(hours=hours)))
            stack.callback(app.extensions["writer"].close)
            made.append(app)
        yield made


def deliver(app: Flask, device: factories.EnrolledDevice, content: dict[str, Any]) -> tuple[int, str]:
    """Status and problem."""
    answer = app.test_client().post("/api/v1/batches", **factories.sending(device, factories.packed(content)))
    return answer.status_code, str(answer.json.get("type", "")).rpartition(":")[2]


def kept(store: Store, device: factories.EnrolledDevice, table: sa.Table, *names: str) -> Counter[tuple]:
    query = sa.select(*(table.c[name] for name in names)).where(
        table.c.org_id == device.org_id, table.c.device_id == device.device_id
    )
    with store.reading() as session:
        return Counter(tuple(row) for row in session.execute(query))


def test_collectors_whose_clocks_differ_keep_the_same(
    store: Store, collectors: list[Flask], enrolled: factories.EnrolledDevice
) -> None:
    """Each batch to each of them, in any order."""
    dice = random.Random(3)
    ensure_around(store, NOW.date())
    batches = []
    for seq in range(1, 4 * DAYS + 1):
        day = NOW.date() - timedelta(days=3 + seq % DAYS)
        crash = factories.event()
        batches.append(
            factories.batch(enrolled, seq, day, summary=factories.summary(revision=seq), events=[crash])
        )
    offered = [(app, content) for app in collectors for content in batches]
    dice.shuffle(offered)
    for app, content in offered:
        assert deliver(app, enrolled, content) == (200, "")
    newest = {content["day"]: content["summary"]["revision"] for content in batches}
    days = {(day.isoformat(), number) for day, number in kept(store, enrolled, device_day, "day", "revision")}
    assert days == set(newest.items())
    assert sorted(kept(store, enrolled, raw_batch, "seq").elements()) == [
        (seq + 1,) for seq in range(4 * DAYS)
    ]
    assert kept(store, enrolled, event, "event_id").total() == len(batches)


@pytest.mark.parametrize(
    ("days", "problem"),
    [(-LIMITS.days_back - 1, "day-too-old"), (3, "day-in-future"), (40_000, "day-in-future")],
)
def test_a_laptop_whose_clock_is_wrong_is_told_so_and_its_next_batch_counts(
    store: Store, app: Flask, enrolled: factories.EnrolledDevice, days: int, problem: str
) -> None:
    wrong, right = NOW.date() + timedelta(days=days), NOW.date() - timedelta(days=1)
    crash = factories.event()
    parts = {"summary": factories.summary(), "events": [crash]}
    first = factories.batch(enrolled, 1, wrong, **parts)
    for _ in range(2):
        assert deliver(app, enrolled, first) == (422, problem)
    assert deliver(app, enrolled, factories.batch(enrolled, 2, right, **parts)) == (200, "")
    assert kept(store, enrolled, device_day, "day") == {(right,): 1}
    assert kept(store, enrolled, event, "day") == {(right,): 1}
