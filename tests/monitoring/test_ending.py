"""A collector that is asked to end says so, answers whom it has let in, and keeps what it acknowledges."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import factories
import psycopg
import requests
import sqlalchemy as sa
from collector_process import Collector
from waiting import eventually

from server.db import Store
from server.ingest.models import raw_batch
from server.people.organisations import MAIN, create_organisation

IN_FLIGHT = 12
SECONDS = 30


@contextmanager
def commits_held(url: str) -> Iterator[None]:
    """Nobody writes a batch inside the block."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE raw_batch IN ACCESS EXCLUSIVE MODE")
        yield


def somebody_waits(url: str) -> bool:
    with psycopg.connect(url) as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        (number,) = connection.execute(waiting).fetchone()
    return number > 0


def test_it_is_not_ready_then_ends_and_everybody_in_flight_is_answered(pg_url: str, tmp_path: Path):
    store, today = Store(pg_url), datetime.now(UTC).date()
    with store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", today).org_id
        laptops = [factories.enrol_device(session, org_id, today) for _ in range(IN_FLIGHT)]
    collector = Collector(tmp_path, pg_url, more={"DEX_DRAIN_SECONDS": "600"})
    collector.start()

    def deliver(laptop: factories.EnrolledDevice) -> int:
        body = factories.packed(factories.batch(laptop, 1, today, summary=factories.summary()))
        call = factories.sending(laptop, body)
        return requests.post(f"{collector.address}/api/v1/batches", timeout=SECONDS * 2, **call).status_code

    def ready() -> dict[str, object]:
        return requests.get(f"{collector.address}/readyz", timeout=SECONDS).json()

    process = collector._process
    assert process is not None
    try:
        assert ready() == {"ready": True, "missing": {}}
        with ThreadPoolExecutor(IN_FLIGHT) as senders:
            with commits_held(pg_url):
                early = [senders.submit(deliver, laptop) for laptop in laptops[: IN_FLIGHT // 2]]
                assert eventually(lambda: somebody_waits(pg_url), SECONDS)
                process.send_signal(signal.SIGTERM)
                assert eventually(lambda: "collector" in ready()["missing"], SECONDS)
                late = [senders.submit(deliver, laptop) for laptop in laptops[IN_FLIGHT // 2 :]]
                assert collector.answers()  # whoever comes now is let in
                process.send_signal(signal.SIGTERM)  # it need not wait any longer
                assert eventually(lambda: not collector.answers(), SECONDS)
                assert not any(answer.done() for answer in early)
            answered = [answer.result(SECONDS) for answer in early]
            assert answered == [200] * len(early)
            kept = sum(answer.exception() is None and answer.result() == 200 for answer in late)
        assert process.wait(SECONDS) == 0
        query = sa.select(sa.func.count()).select_from(raw_batch).where(raw_batch.c.org_id == org_id)
        with store.reading() as session:
            assert session.execute(query).scalar_one() >= len(early) + kept
    finally:
        collector.kill()
        store.close()
