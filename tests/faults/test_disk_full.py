"""The store's disk is full: nothing is acknowledged that was not kept, nothing counts twice, and once there
is room again everybody goes on."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import factories
import pg_server
import psutil
import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from collector_process import Collector
from faults.apart import apart, needs_root, small_disk
from faults.fleet import Laptop, assert_all_there_once, delivering, wait_for_all, wait_for_more
from flask import Flask
from waiting import eventually

from dashboards.cli import main
from server.clock import utc_now
from server.db import Store
from server.ingest.models import device_day, event, raw_batch
from server.people.organisations import MAIN, create_organisation
from server.upkeep.migrate import upgrade

PLENTY = 2**30
STORE_MB = 3
CLUSTER_MB = 140
"""A new cluster takes 60."""


def told_to_come_back(laptop: Laptop) -> bool:
    return laptop.turned_away[503] > 0


@pytest.fixture
def room(sqlite_store: Store) -> Callable[[int], None]:
    """Says how many pages more the database file may have from now on, as SQLite itself enforces it."""
    allowed = {"pages": PLENTY}

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {allowed['pages']}").close()

    def set_room(more: int) -> None:
        with sqlite_store.engine.connect() as connection:
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        allowed["pages"] = now + more

    sa.event.listen(sqlite_store.engine, "checkout", limit)
    return set_room


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_batch_for_which_there_is_no_room_is_kept_whole_or_not_at_all(
    app: Flask, store: Store, enrolled: factories.EnrolledDevice, room: Callable[[int], None]
) -> None:
    client = app.test_client()
    events = [factories.event() for _ in range(400)]
    body = factories.packed(factories.batch(enrolled, summary=factories.summary(), events=events))
    room(0)
    refused = client.post("/api/v1/batches", **factories.sending(enrolled, body))
    assert refused.status_code == 503
    assert refused.json["type"].rpartition(":")[2] == "store-away"
    assert int(refused.headers["Retry-After"]) >= 30
    assert counted(store, enrolled) == [0, 0, 0]
    room(PLENTY // 2)
    for _ in range(2):  # as it came, and as a laptop sends it again that missed the answer
        assert client.post("/api/v1/batches", **factories.sending(enrolled, body)).status_code == 200
    assert counted(store, enrolled) == [1, 1, 400]


def counted(store: Store, enrolled: factories.EnrolledDevice) -> list[int]:
    with store.reading() as session:
        return [
            session.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.org_id == enrolled.org_id)
            )
            for table in (raw_batch, device_day, event)
        ]


@needs_root
@apart
def test_an_embedded_store_without_room_goes_on_by_itself(tmp_path: Path) -> None:
    with small_disk(STORE_MB) as disk:
        url = f"sqlite:///{disk.folder}/dex.sqlite3"
        with closing(Store(url)) as store, Collector(tmp_path, url) as collector:
            upgrade(store)
            collector.start()
            with delivering(store, collector.address) as fleet:
                wait_for_more(fleet)
                disk.fill()
                wait_for_all(fleet, told_to_come_back)
                disk.make_room()
                wait_for_more(fleet)
            assert_all_there_once(store, fleet)


@needs_root
@apart
def test_a_postgresql_without_room_stops_and_goes_on_when_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(CLUSTER_MB) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        server = pg_server.Server(durable=True)
        monkeypatch.undo()
        with server:
            url = pg_server.create_database(server.url, "dex")
            with closing(Store(url)) as store, Collector(tmp_path, url) as collector:
                upgrade(store)
                collector.start()
                with delivering(store, collector.address) as fleet:
                    wait_for_more(fleet)
                    disk.fill()
                    use_up_the_log(server)
                    wait_for_all(fleet, told_to_come_back)
                    disk.make_room()
                    server.end()
                    server.start()
                    wait_for_more(fleet)
                assert_all_there_once(store, fleet)


def use_up_the_log(server: pg_server.Server) -> None:
    """Until the server cannot write ahead any more, and stops rather than lose anything."""

    def stopped() -> bool:
        if psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE:
            return True
        try:
            with psycopg.connect(server.url, autocommit=True, connect_timeout=2) as connection:
                connection.execute("SELECT pg_switch_wal()")
        except psycopg.OperationalError:
            pass
        return False

    assert eventually(stopped, 30), "it went on without room"


@needs_root
@apart
def test_a_command_on_a_full_disk_says_one_sentence(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    rows = "".join(f"p{number},Unit,Team {number},2020-01-06\n" for number in range(500))
    people.write_text("employee_id,unit,team,hire\n" + rows)
    with small_disk(STORE_MB) as disk:
        url, copy = f"sqlite:///{disk.folder}/dex.sqlite3", disk.folder / "copy"
        with closing(Store(url)) as store:
            upgrade(store)
            with store.transaction() as session:
                create_organisation(session, MAIN, "Main", utc_now().date())
        run = CliRunner(env={"DEX_DATABASE_URL": url})
        disk.fill()
        for command in (("people", "import", str(people)), ("db", "backup", str(copy))):
            done = run.invoke(main, [*command, "--data", str(tmp_path)])
            assert (done.exit_code, done.stderr.count("\n")) == (2, 1), done.output
            assert "full" in done.stderr
        assert not copy.exists()
        disk.make_room()
        done = run.invoke(main, ["people", "import", str(people), "--data", str(tmp_path)])
        assert done.exit_code == 0, done.output
