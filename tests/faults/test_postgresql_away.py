"""PostgreSQL ends, crashes, moves or refuses to write in mid-traffic: what was acknowledged is there, once,
and the collector finds back by itself."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pg_server
import psutil
import psycopg
import pytest
import sqlalchemy as sa
from collector_process import Collector
from faults.fleet import assert_all_there_once, delivering, wait_for_more

from server import impatient
from server.db import STORE_TROUBLE, Store
from server.migrate import upgrade
from server.people.organisations import MAIN, create_organisation, organisations
from server.postgresql import STATEMENT_TIMEOUT_MS

SOME_SECONDS = 0.4


@pytest.fixture
def server() -> Iterator[pg_server.Server]:
    made = pg_server.Server(durable=True)
    try:
        made.start()
        yield made
    finally:
        made.remove()


def test_a_database_that_ends_in_mid_batch_loses_and_doubles_nothing(
    server: pg_server.Server, tmp_path: Path
) -> None:
    url = pg_server.create_database(server.url, "dex")
    store = Store(url)
    upgrade(store)
    collector = Collector(tmp_path, url)
    try:
        collector.start()
        with delivering(store, collector.address) as fleet:
            for how in (signal.SIGINT, signal.SIGQUIT):
                wait_for_more(fleet)
                server.end(how)
                time.sleep(SOME_SECONDS)
                server.start()
            wait_for_more(fleet)
        assert_all_there_once(store, fleet)
    finally:
        collector.kill()
        store.close()


def test_a_server_that_hangs_is_given_up_and_taken_again(
    server: pg_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatient, "ANSWER_SECONDS", 1.0)
    store = Store(server.url)
    with stopped(server) as stop, store.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
        stop()
        begun = time.monotonic()
        with pytest.raises(STORE_TROUBLE):
            connection.execute(sa.text("SELECT 2"))
        assert time.monotonic() - begun < 10
    with store.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 3")) == 3, "never the answer to an earlier question"
    store.close()


@contextmanager
def stopped(server: pg_server.Server) -> Iterator[Callable[[], None]]:
    """Stops all processes of the server when it is called; they go on at the end."""
    first = psutil.Process(server.pid)
    everybody: list[psutil.Process] = []

    def stop() -> None:
        everybody.extend([first, *first.children()])
        for process in everybody:
            process.suspend()

    try:
        yield stop
    finally:
        for process in everybody:
            process.resume()


def test_of_several_servers_the_one_that_answers_is_used(pg_url: str) -> None:
    address = sa.make_url(pg_url)
    nobody = pg_server.free_port()
    store = Store(f"postgresql://postgres@127.0.0.1:{nobody},127.0.0.1:{address.port}/{address.database}")
    with store.reading() as session:
        assert organisations(session) == []
    store.close()


def test_a_connection_to_a_server_that_was_demoted_is_given_up(empty_pg_url: str) -> None:
    name = sa.make_url(empty_pg_url).database
    store = Store(empty_pg_url)
    upgrade(store)
    with store.engine.connect() as connection:  # as a standby: it answers, and takes nothing
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        )
    store.engine.dispose()
    with pytest.raises(sa.exc.InternalError), store.transaction() as session:
        create_organisation(session, MAIN, "Main", sa.func.current_date())
    with psycopg.connect(empty_pg_url, autocommit=True) as promoted:
        promoted.execute("SET default_transaction_read_only = off")
        promoted.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    with store.transaction() as session:
        create_organisation(session, MAIN, "Main", sa.func.current_date())
    store.close()


def test_sessions_end_what_takes_too_long_and_notice_who_is_gone(pg_url: str) -> None:
    asked = ("statement_timeout", "tcp_keepalives_idle", "TimeZone", "search_path")
    store = Store(pg_url + "?options=-csearch_path%3Dpublic&connect_timeout=7")
    with store.engine.connect() as connection:
        found = [connection.scalar(sa.text(f"SHOW {name}")) for name in asked]
        assert found == [f"{STATEMENT_TIMEOUT_MS // 60_000}min", "10", "UTC", "public"]
        used = connection.connection.driver_connection.info.get_parameters()
    assert (used["connect_timeout"], used["keepalives_idle"], used["tcp_user_timeout"]) == ("7", "2", "3000")
    store.close()
