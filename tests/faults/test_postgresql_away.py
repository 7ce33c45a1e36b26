"""A PostgreSQL that hangs, has moved, or takes no writes any more is left, and found again."""

import time

import pg_server
import psycopg
import pytest
import sqlalchemy as sa
from faults.broken_postgresql import stopped

from server import impatient
from server.db import STORE_TROUBLE, Store
from server.people.organisations import MAIN, create_organisation, organisations
from server.postgresql import STATEMENT_TIMEOUT_MS
from server.upkeep.migrate import upgrade


def test_a_server_that_hangs_is_given_up_and_taken_again(
    postgresql: pg_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatient, "ANSWER_SECONDS", 1.0)
    store = Store(postgresql.url)
    with store.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
        with stopped(postgresql):
            begun = time.monotonic()
            with pytest.raises(STORE_TROUBLE):
                connection.execute(sa.text("SELECT 2"))
            assert time.monotonic() - begun < 10
    with store.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 3")) == 3, "never the answer to an earlier question"
    store.close()


def test_who_finds_all_connections_in_use_is_soon_told(pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.postgresql.CONNECTIONS", 1)
    monkeypatch.setattr("server.postgresql.POOL_WAIT_SECONDS", 0.2)
    store = Store(pg_url)
    with store.engine.connect(), store.engine.connect():
        begun = time.monotonic()
        with pytest.raises(STORE_TROUBLE):
            store.engine.connect()
        assert time.monotonic() - begun < 10, "SQLAlchemy's own patience is 30 seconds"
    store.close()


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
