"""Everything works through a pooler that gives a connection of the server for one transaction only."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import factories
import psycopg
import pytest
import requests
import sqlalchemy as sa
from collector_process import Collector
from every_table import digests, fill
from pgbouncer import running_pooler

from server.clock import utc_now
from server.db import Store
from server.errors import UsageError
from server.ingest.models import event, raw_batch
from server.ingest.partitions import drop_before, ensure_around, ensure_partitions, partitions
from server.ingest.shuffle import forget_old_rows
from server.ingest.uptime import CollectorHour
from server.people.organisations import create_organisation
from server.postgresql import STATEMENT_TIMEOUT_MS
from server.schema import metadata
from server.upkeep.migrate import differences, upgrade
from server.upkeep.move import move

CONNECTIONS = 3
LAPTOPS = 40
BATCHES = 3


@pytest.fixture
def pooler_url(empty_pg_url: str) -> Iterator[str]:
    with running_pooler(empty_pg_url, CONNECTIONS) as url:
        yield url


@pytest.fixture
def pooled(pooler_url: str) -> Iterator[Store]:
    store = Store(pooler_url + "?pooler=transaction")
    yield store
    store.close()


def test_two_collectors_with_few_connections_lose_and_double_nothing(pooled: Store, tmp_path: Path) -> None:
    today = utc_now().date()
    upgrade(pooled)
    ensure_around(pooled, today)
    with pooled.transaction() as session:
        org_id = create_organisation(session, "main", "Main", today).org_id
        laptops = [factories.enrol_device(session, org_id, today) for _ in range(LAPTOPS)]
    url = pooled.engine.url.render_as_string(hide_password=False) + "?pooler=transaction"
    collectors = [Collector(tmp_path / name, url) for name in ("a", "b")]

    def send(laptop: factories.EnrolledDevice) -> list[int]:
        """Each batch to both collectors, as a laptop does that did not hear the first answer."""
        answers = []
        for seq in range(1, BATCHES + 1):
            crash = factories.event()
            content = factories.batch(
                laptop, seq, today, summary=factories.summary(revision=seq), events=[crash]
            )
            call = factories.sending(laptop, factories.packed(content))
            for collector in collectors:
                answer = requests.post(f"{collector.address}/api/v1/batches", timeout=30, **call)
                answers.append(answer.status_code)
        return answers

    try:
        for collector in collectors:
            collector.data.mkdir()
            collector.start()
        with ThreadPoolExecutor(LAPTOPS) as threads:
            answers = [answer for laptop in threads.map(send, laptops) for answer in laptop]
    finally:
        for collector in collectors:
            collector.kill()
    assert set(answers) == {200}
    with pooled.reading() as session:
        for table in (raw_batch, event):
            query = sa.select(sa.func.count()).select_from(table).where(table.c.org_id == org_id)
            assert session.scalar(query) == LAPTOPS * BATCHES


def test_a_store_is_made_filled_and_compared_through_the_pooler(
    pooled: Store, sqlite_store: Store, tmp_path: Path
) -> None:
    """Migrations, weeks, a move, clearing, and reading all rows in pieces."""
    fill(sqlite_store)
    move(sqlite_store, pooled, lambda line: None)
    assert digests(pooled) == digests(sqlite_store)
    assert differences(pooled) == []
    upgrade(pooled)
    forget_old_rows(pooled)
    day_table = metadata.tables["event"]
    ensure_partitions(pooled, datetime(2027, 1, 4).date(), datetime(2027, 1, 4).date())
    assert drop_before(pooled, day_table, datetime(2027, 1, 4).date()) > 0
    with pooled.engine.connect() as connection:
        assert [name for name in partitions(connection) if name.startswith("event_")] == ["event_20270104"]


def test_a_transaction_is_limited_and_leaves_nothing_behind(pooler_url: str, pooled: Store) -> None:
    show = sa.text("SHOW statement_timeout")
    for begin in (pooled.transaction, pooled.reading):
        with begin() as session:
            assert session.scalar(show) == f"{STATEMENT_TIMEOUT_MS // 60_000}min"
    for _ in range(20):
        with pooled.transaction() as session:  # psycopg would prepare what is asked this often
            assert session.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements")) == 0
    with psycopg.connect(pooler_url) as other:
        assert other.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_reading_through_the_pooler_sees_one_state_and_times_are_in_utc(pooled: Store) -> None:
    moment = datetime(2026, 3, 4, 12, tzinfo=UTC)
    upgrade(pooled)
    with pooled.engine.begin() as connection:
        name = connection.scalar(sa.text("SELECT current_database()"))
        connection.execute(sa.text(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Tokyo'"))
    pooled.close()
    with pooled.reading() as reader:
        assert reader.scalars(sa.select(CollectorHour.hour)).all() == []
        with pooled.transaction() as writer:
            writer.add(CollectorHour(hour=moment))
        assert reader.scalars(sa.select(CollectorHour.hour)).all() == []
    with pooled.reading() as reader:
        assert [found.isoformat() for found in reader.scalars(sa.select(CollectorHour.hour))] == [
            moment.isoformat()
        ]


def test_a_pooler_that_the_address_does_not_name_says_what_to_add(pooler_url: str) -> None:
    store = Store(pooler_url)
    with pytest.raises(sa.exc.OperationalError, match="pooler=transaction"), store.engine.connect():
        pass
    store.close()
    with pytest.raises(UsageError, match="pooler=transaction"):
        Store(pooler_url + "?pooler=statement")
