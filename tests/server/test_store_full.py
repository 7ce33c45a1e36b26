"""The disk of the collector is full: nothing is acknowledged that was not kept, and nothing counts twice."""

import factories
import pytest
import sqlalchemy as sa
from flask import Flask

from server.ingest.models import device_day, event, raw_batch

PLENTY = 2**30


@pytest.fixture
def room(sqlite_store):
    """Says how many pages the database file may have from now on, as SQLite itself enforces it."""
    allowed = {"pages": PLENTY}

    def limit(connection, *_):
        connection.execute(f"PRAGMA max_page_count = {allowed['pages']}").close()

    def set_room(more: int) -> None:
        with sqlite_store.engine.connect() as connection:
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        allowed["pages"] = now + more

    sa.event.listen(sqlite_store.engine, "checkout", limit)
    return set_room


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_full_disk_keeps_laptops_waiting_and_loses_nothing(app: Flask, store, enrolled, room) -> None:
    client = app.test_client()
    events = [factories.event() for _ in range(400)]
    batch = factories.batch(enrolled, summary=factories.summary(), events=events)
    body = factories.packed(batch)
    room(0)
    refused = client.post("/api/v1/batches", **factories.sending(enrolled, body))
    assert refused.status_code == 503
    assert refused.json["type"].rpartition(":")[2] == "store-away"
    assert int(refused.headers["Retry-After"]) >= 30
    assert counted(store, enrolled) == [0, 0, 0], "all of a batch or nothing"
    room(PLENTY // 2)
    for _ in range(2):  # as it came, and as a laptop sends it again that missed the answer
        assert client.post("/api/v1/batches", **factories.sending(enrolled, body)).status_code == 200
    assert counted(store, enrolled) == [1, 1, 400]


def counted(store, enrolled) -> list[int]:
    with store.reading() as session:
        return [
            session.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.org_id == enrolled.org_id)
            )
            for table in (raw_batch, device_day, event)
        ]
