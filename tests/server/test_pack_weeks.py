"""A week that is over is packed once, keeps its rows, and takes what comes late."""

from datetime import date, timedelta
from typing import Any

import factories
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Store, without_org
from server.digests import digest_of
from server.ingest.models import DAY_TABLES, app_day, raw_batch
from server.ingest.pack import pack_weeks
from server.ingest.partitions import partition_name, sizes
from server.ingest.shuffle import shuffle_received
from server.people.models import Organisation

MONDAY = date(2026, 3, 2)
TABLES = len(DAY_TABLES)
LAPTOPS = 12


@pytest.fixture
def laptops(pg_store: Store, org: Organisation) -> list[EnrolledDevice]:
    with pg_store.transaction() as session:
        return [factories.enrol_device(session, org.org_id, MONDAY) for _ in range(LAPTOPS)]


@pytest.fixture
def store(pg_store: Store) -> Store:
    with pg_store.engine.begin() as connection:  # rows and marks of other tests
        for table in DAY_TABLES:
            for name in connection.scalars(
                sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:t)"),
                {"t": table.name},
            ).all():
                connection.exec_driver_sql(f"TRUNCATE {name}")
                connection.exec_driver_sql(f"ALTER TABLE {name} SET WITHOUT CLUSTER")
    return pg_store


def send(client: FlaskClient, laptop: EnrolledDevice, seq: int) -> dict[str, Any]:
    """An edition with twenty applications and an event; the request, which was taken."""
    apps = [{"name": f"app{number}", "version": f"{seq}.0", "hours": 1.0} for number in range(20)]
    summary = factories.summary(revision=seq, apps=apps)
    content = factories.batch(laptop, seq, MONDAY, summary=summary, events=[factories.event()])
    call = factories.sending(laptop, factories.packed(content))
    assert client.post("/api/v1/batches", **call).json["accepted"]
    return call


def digests(store: Store) -> list[object]:
    with store.engine.connect().execution_options(**without_org("a test compares everything")) as connection:
        return [digest_of(connection, table) for table in DAY_TABLES]


def room(store: Store) -> int:
    with store.engine.connect() as connection:
        return dict(sizes(connection))[partition_name(app_day, MONDAY)]


def test_a_week_is_packed_when_no_night_writes_it_anew_any_more(
    client: FlaskClient, store: Store, laptops: list[EnrolledDevice], clock: SettableClock
) -> None:
    for seq in range(1, 7):
        for laptop in laptops:
            send(client, laptop, seq)
    before, grown = digests(store), room(store)
    while clock().date() < MONDAY + timedelta(days=11):  # the second Friday
        assert _of_the_week(store) == set()
        clock.advance(days=1)
        shuffle_received(store, clock())
        pack_weeks(store, clock())
    assert len(_of_the_week(store)) == TABLES
    assert digests(store) == before
    assert room(store) < grown / 2
    assert _options_of_indexes(store) == {("fillfactor=100",)}
    assert pack_weeks(store, clock()) == "packed: 0 tables of weeks", "once is enough"


def test_what_comes_later_is_kept_and_a_repeat_is_known(
    client: FlaskClient, store: Store, laptops: list[EnrolledDevice], clock: SettableClock
) -> None:
    call = send(client, laptops[0], 1)
    clock.advance(days=12)
    pack_weeks(store, clock())
    assert client.post("/api/v1/batches", **call).status_code == 200
    send(client, laptops[1], 1)
    shuffle_received(store, clock())
    with store.engine.connect() as connection:
        query = sa.select(sa.func.count()).where(raw_batch.c.org_id == laptops[0].org_id)
        assert connection.scalar(query) == 2


def test_a_week_in_use_is_left_for_the_next_night(
    store: Store, laptops: list[EnrolledDevice], clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.ingest.pack.LOCK_SECONDS", 0.05)
    clock.advance(days=12)
    with store.engine.begin() as connection:
        name = partition_name(app_day, MONDAY)
        connection.exec_driver_sql(f"LOCK TABLE dex_part.{name} IN ROW EXCLUSIVE MODE")
        assert pack_weeks(store, clock()).endswith("in use, so later: 1")
    assert name not in _of_the_week(store)
    assert pack_weeks(store, clock()) == "packed: 1 tables of weeks"


def _of_the_week(store: Store) -> set[str]:
    """Tables of the week that were packed."""
    query = sa.text(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE indisclustered"
    )
    with store.engine.connect() as connection:
        return {name for name in connection.scalars(query) if name.endswith(f"{MONDAY:%Y%m%d}")}


def _options_of_indexes(store: Store) -> set[tuple[str, ...]]:
    """Of all indexes of the week's tables."""
    query = sa.text("SELECT relname, reloptions FROM pg_class WHERE relkind = 'i' AND relname LIKE :week")
    with store.engine.connect() as connection:
        found = connection.execute(query, {"week": f"%{MONDAY:%Y%m%d}%"}).all()
    return {tuple(options or ()) for _, options in found}
