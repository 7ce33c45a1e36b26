"""The writer groups what waits, answers after the commit, sends away too much, and survives trouble."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import factories
import pytest
import sqlalchemy as sa
from factories import EnrolledDevice
from flask.testing import FlaskClient

from dashboards.serve import THREADS
from server.db import Store
from server.errors import StoreAway
from server.ingest.models import raw_batch
from server.ingest.partitions import drop_before
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, Outcome
from server.ingest.writer import EARLIER, EARLIER_DAYS_AT_ONCE, Busy, Writer
from server.web.rates import RETRY_SECONDS, RETRY_SPREAD, retry_after

WAIT = 30


def delivery(device: EnrolledDevice, seq: int, **parts: object) -> Delivery:
    body = factories.packed(factories.batch(device, seq, **parts))
    plain = factories.unpacked(body)
    return Delivery(device.org_id, device.device_id, parse_batch(plain).batch, body)


def count(store: Store, device: EnrolledDevice) -> int:
    query = sa.select(sa.func.count()).select_from(raw_batch).where(raw_batch.c.org_id == device.org_id)
    with store.reading() as session:
        return session.execute(query).scalar_one()


class HeldStore(Store):
    """Commits nothing until it is let go, as a slow disk would."""

    def __init__(self, store: Store) -> None:
        self.engine, self.is_sqlite = store.engine, store.is_sqlite
        self.go = threading.Event()
        self.begun = threading.Event()
        self.commits = 0
        sa.event.listen(self.engine, "begin", self._begin)
        sa.event.listen(self.engine, "commit", self._commit)

    def release(self) -> None:
        self.go.set()

    def _begin(self, _connection: sa.Connection) -> None:
        if threading.current_thread().name == "writer":
            self.begun.set()

    def _commit(self, _connection: sa.Connection) -> None:
        if threading.current_thread().name == "writer":
            self.go.wait(WAIT)
            self.commits += 1


@pytest.fixture
def held(store: Store) -> Iterator[HeldStore]:
    made = HeldStore(store)
    yield made
    made.release()


def test_what_waits_is_written_together_and_answered_after_the_commit(
    store: Store, held: HeldStore, enrolled: EnrolledDevice, clock
) -> None:
    writer = Writer(held, clock)
    first = writer.submit(delivery(enrolled, 1))
    assert held.begun.wait(WAIT)
    others = [writer.submit(delivery(enrolled, seq)) for seq in range(2, 12)]
    assert not first.done()
    assert count(store, enrolled) == 0
    held.release()
    assert [future.result(WAIT) for future in (first, *others)] == [Outcome.KEPT] * 11
    writer.close()
    assert held.commits <= 3  # the first alone, the others in one, and perhaps the weeks' partitions
    assert count(store, enrolled) == 11


def test_beyond_the_queue_laptops_are_told_when_to_come_back(
    held: HeldStore, enrolled: EnrolledDevice, clock
) -> None:
    writer = Writer(held, clock, queue_length=3)
    futures = [writer.submit(delivery(enrolled, 1))]
    assert held.begun.wait(WAIT)
    futures += [writer.submit(delivery(enrolled, seq)) for seq in (2, 3, 4)]
    with pytest.raises(Busy) as refused:
        writer.submit(delivery(enrolled, 5))
    assert refused.value.headers == retry_after(enrolled.device_id)
    held.release()
    assert [future.result(WAIT) for future in futures] == [Outcome.KEPT] * 4
    writer.close()


def test_earlier_days_give_way_to_what_laptops_say_today(
    store: Store, held: HeldStore, enrolled: EnrolledDevice, clock
) -> None:
    writer = Writer(held, clock)
    before = clock().date() - EARLIER - timedelta(days=1)
    futures = [
        writer.submit(delivery(enrolled, seq, day=before)) for seq in range(1, EARLIER_DAYS_AT_ONCE + 1)
    ]
    with pytest.raises(Busy):
        writer.submit(delivery(enrolled, 100, day=before))
    futures.append(writer.submit(delivery(enrolled, 101)))
    held.release()
    assert {future.result(WAIT) for future in futures} == {Outcome.KEPT}
    assert writer.submit(delivery(enrolled, 102, day=before)).result(WAIT) == Outcome.KEPT, (
        "there is room again"
    )
    writer.close()


def test_a_collector_has_threads_to_spare_for_what_is_urgent() -> None:
    assert EARLIER_DAYS_AT_ONCE <= THREADS // 2


def test_laptops_that_were_sent_away_do_not_return_as_one() -> None:
    moments = [int(retry_after(UUID(int=n * 7919))["Retry-After"]) for n in range(1000)]
    assert min(moments) >= RETRY_SECONDS
    assert max(moments) < RETRY_SECONDS + RETRY_SPREAD
    assert len(set(moments)) == RETRY_SPREAD


def test_one_batch_that_cannot_be_written_does_not_harm_the_others(
    store: Store, held: HeldStore, enrolled: EnrolledDevice, clock
) -> None:
    writer = Writer(held, clock)
    first = writer.submit(delivery(enrolled, 1))
    assert held.begun.wait(WAIT)
    impossible = delivery(enrolled, 2)
    impossible.batch.events = None  # type: ignore[assignment]
    futures = [writer.submit(d) for d in (delivery(enrolled, 3), impossible, delivery(enrolled, 4))]
    held.release()
    assert [f.result(WAIT) for f in (first, futures[0], futures[2])] == [Outcome.KEPT] * 3
    assert futures[1].exception(WAIT) is not None
    writer.close()
    assert count(store, enrolled) == 3


def test_a_week_that_was_dropped_by_hand_is_made_again_for_a_batch_that_comes_alone(
    store: Store, enrolled: EnrolledDevice, clock
) -> None:
    writer, again = Writer(store, clock), delivery(enrolled, 2)
    writer.submit(delivery(enrolled, 1)).result(WAIT)
    drop_before(store, raw_batch, again.batch.day + timedelta(weeks=1))
    if not store.is_sqlite:
        assert writer.submit(again).exception(WAIT) is not None
    assert writer.submit(again).result(WAIT) is Outcome.KEPT
    writer.close()


def test_while_the_store_is_away_nothing_is_acknowledged_and_then_it_is(
    client: FlaskClient, app, store: Store, enrolled: EnrolledDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = sa.exc.OperationalError("INSERT", {}, Exception("connection lost"))

    def fail(*_: object) -> None:
        raise broken

    call = factories.sending(enrolled, factories.packed(factories.batch(enrolled)))
    with monkeypatch.context() as patch:
        patch.setattr(app.extensions["writer"], "_keep", fail)
        refused = client.post("/api/v1/batches", **call)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (503, StoreAway.slug)
    assert int(refused.headers["Retry-After"]) >= RETRY_SECONDS
    assert client.post("/api/v1/batches", **call).status_code == 200
    assert count(store, enrolled) == 1


def test_the_day_of_receipt_is_the_collectors(store: Store, enrolled: EnrolledDevice, clock) -> None:
    writer = Writer(store, clock)
    clock.advance(days=3, hours=13)
    writer.submit(delivery(enrolled, 1)).result(WAIT)
    writer.close()
    with store.reading() as session:
        query = sa.select(raw_batch.c.received_day).where(raw_batch.c.org_id == enrolled.org_id)
        assert session.execute(query).scalar_one() == date(2026, 3, 8)


def test_while_the_store_does_not_answer_nobody_is_told_that_the_token_is_wrong(
    client: FlaskClient, app, enrolled: EnrolledDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = "sqlite:////nowhere/at/all.sqlite3" if app.extensions["store"].is_sqlite else None
    monkeypatch.setitem(
        app.extensions, "store", Store(away or "postgresql://postgres@127.0.0.1:9/none?connect_timeout=2")
    )
    answer = client.get("/api/v1/policy", headers=enrolled.headers)
    assert (answer.status_code, answer.json["type"].rpartition(":")[2]) == (503, StoreAway.slug)
    assert int(answer.headers["Retry-After"]) >= RETRY_SECONDS
