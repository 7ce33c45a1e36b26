"""Rows of laptops' days lie in the order of their keys from the next night on, and are the same rows."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import factories
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Base, Store
from server.devices.models import DeviceDrop
from server.ingest.models import DAY_TABLES, raw_batch
from server.ingest.shuffle import PAIRS_AT_ONCE, forget_old_rows, shuffle_received
from server.people.models import Organisation
from server.postgresql import STATEMENT_TIMEOUT_MS
from server.pulse.shuffle import forget_old_order

DAY = date(2026, 3, 4)
DROPS = Base.metadata.tables[DeviceDrop.__tablename__]
TABLES = (*DAY_TABLES, DROPS)


@pytest.fixture
def laptops(store: Store, org: Organisation) -> list[EnrolledDevice]:
    """In tables without room of deleted rows, which PostgreSQL would fill in an order of its own."""
    if not store.is_sqlite:
        with store.engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in TABLES)}")
    with store.transaction() as session:
        made = [factories.enrol_device(session, org.org_id, DAY) for _ in range(6)]
    return sorted(made, key=lambda laptop: laptop.device_id, reverse=True)


def send_all(
    client: FlaskClient, laptops: Sequence[EnrolledDevice], day: date, seq: int, **more: object
) -> list[dict]:
    """Each laptop's batch of a day, in the order of the laptops."""
    bodies = []
    for laptop in laptops:
        content = factories.batch(
            laptop, seq, day, summary=factories.summary(**more), events=[factories.event()]
        )
        call = factories.sending(laptop, factories.packed(content))
        assert client.post("/api/v1/batches", **call).json["accepted"]
        bodies.append(call)
    return bodies


def contents(store: Store, org: Organisation) -> dict[str, list[tuple]]:
    """Every row of every table, in the order in which they lie there."""
    order = {table: sa.text("rowid" if store.is_sqlite else "tableoid, ctid") for table in TABLES}
    if store.is_sqlite:
        order[DROPS] = sa.text("device_id")  # has no other order than that of its key
    with store.reading() as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(
                    sa.select(table).where(table.c.org_id == org.org_id).order_by(order[table])
                )
            ]
            for table in TABLES
        }


def test_rows_lie_in_the_order_of_keys_and_are_the_same(
    client: FlaskClient,
    store: Store,
    org: Organisation,
    laptops: list[EnrolledDevice],
    clock: SettableClock,
) -> None:
    calls = send_all(client, laptops, DAY, 1, mood="dropped")
    before = contents(store, org)
    assert [row[1] for row in before["device_day"]] == [laptop.device_id for laptop in laptops]
    clock.advance(days=1)
    shuffle_received(store, clock())
    after = contents(store, org)
    for table in TABLES:
        assert sorted(map(repr, before[table.name])) == sorted(map(repr, after[table.name]))
        assert [row[1] for row in after[table.name]] == sorted(row[1] for row in after[table.name])
    assert len(after["event"]) == len(after["device_drop"]) == len(laptops)
    for call in calls:  # a repeat is known as one still
        assert client.post("/api/v1/batches", **call).status_code == 200
    assert contents(store, org) == after


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_all_rows_of_a_night_share_their_transaction(
    client: FlaskClient,
    store: Store,
    org: Organisation,
    laptops: list[EnrolledDevice],
    clock: SettableClock,
) -> None:
    send_all(client, laptops, DAY, 1)
    clock.advance(days=1)
    shuffle_received(store, clock())
    with closing(store.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        for table in DAY_TABLES:
            cursor.execute(f"SELECT count(DISTINCT xmin::text) FROM {table.name}")
            assert cursor.fetchone()[0] <= 1


def test_a_day_is_left_alone_after_four_nights(
    client: FlaskClient,
    store: Store,
    org: Organisation,
    laptops: list[EnrolledDevice],
    clock: SettableClock,
) -> None:
    send_all(client, laptops, DAY, 1)
    rows = 4 * len(laptops)
    written = []
    for _ in range(7):
        clock.advance(days=1)
        written.append(shuffle_received(store, clock()))
    assert written == [f"{rows} rows written anew"] * 4 + ["0 rows written anew"] * 3


def test_more_laptops_than_go_in_one_transaction(
    client: FlaskClient,
    store: Store,
    org: Organisation,
    laptops: list[EnrolledDevice],
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert PAIRS_AT_ONCE > 4
    monkeypatch.setattr("server.ingest.shuffle.PAIRS_AT_ONCE", 4)
    send_all(client, laptops, DAY, 1)
    send_all(client, laptops, DAY - timedelta(days=1), 2)
    clock.advance(days=1)
    assert shuffle_received(store, clock()) == f"{2 * 4 * len(laptops)} rows written anew"
    with store.reading() as session:
        found = sa.select(sa.func.count()).select_from(raw_batch).where(raw_batch.c.org_id == org.org_id)
        assert session.scalar(found) == 2 * len(laptops)


def test_what_arrives_while_rows_are_written_anew_is_kept_once(
    client: FlaskClient,
    store: Store,
    org: Organisation,
    laptops: list[EnrolledDevice],
    clock: SettableClock,
) -> None:
    send_all(client, laptops, DAY, 1)
    clock.advance(days=1)
    ended = threading.Event()

    def shuffle_on() -> int:
        times = 0
        while not ended.is_set():
            shuffle_received(store, clock())
            times += 1
        return times

    with ThreadPoolExecutor(1) as pool:
        shuffled = pool.submit(shuffle_on)
        try:
            for seq in range(2, 8):
                for laptop in laptops:
                    summary = factories.summary(revision=seq)
                    content = factories.batch(laptop, seq, DAY, summary=summary, events=[factories.event()])
                    call = factories.sending(laptop, factories.packed(content))
                    assert client.post("/api/v1/batches", **call).json["accepted"]
        finally:
            ended.set()
        assert shuffled.result(60) > 1
    found = contents(store, org)
    assert (len(found["raw_batch"]), len(found["event"])) == (7 * len(laptops), 7 * len(laptops))
    assert [row[3] for row in found["device_day"]] == [7] * len(laptops)


@pytest.mark.parametrize("clear", [forget_old_rows, forget_old_order])
def test_clearing_a_large_store_may_take_longer_than_a_statement(
    pg_store: Store, clear: Callable[[Store], None]
) -> None:
    limits = []

    @sa.event.listens_for(pg_store.engine, "before_cursor_execute")
    def note(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("VACUUM"):
            limits.append(cursor.connection.execute("SHOW statement_timeout").fetchone())

    clear(pg_store)
    assert limits == [("0",)]
    with pg_store.engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW statement_timeout")) == f"{STATEMENT_TIMEOUT_MS // 60_000}min"
