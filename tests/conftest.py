"""Stores, a settable clock, and the server's app, for every test that wants them.

`store` runs a test twice, on SQLite and on PostgreSQL; both are migrated, empty and its own.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import citus
import factories
import pg_server
import pytest
from flask import Flask
from flask.testing import FlaskClient
from recorded_queries import recorded

from agent.service import upkeep
from agent.system import power
from server import create_app
from server.config import Settings
from server.db import Store
from server.ingest.partitions import ensure_around
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation
from server.schema import metadata
from server.upkeep.distribute import distribute
from server.upkeep.migrate import upgrade

os.environ["DEX_AGENT_LANG"] = "en"  # whatever the session of whoever runs the tests

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday, in week 2026-W10

_numbers = count()


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def pytest_configure() -> None:
    recorded.begin()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long form of tests that have one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long forms run on request only; the short form of each is in the suite. What looks at all statements
    that were recorded comes last."""
    items.sort(key=lambda item: item.path.name == "test_every_query.py")
    if config.getoption("--soak"):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("soak")]


@pytest.fixture(autouse=True)
def small_agent_on_mains(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that runs inside a test is not judged by the test's own size, nor by its laptop's plug."""
    monkeypatch.setattr(upkeep, "rss_mib", lambda: 20.0)
    monkeypatch.setattr(power, "read_of_this_system", lambda: (False, False))


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(scope="session")
def pg_server_url() -> Iterator[str]:
    """One server for the whole run, started when the first test asks for it."""
    with pg_server.running_server(durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def pg_database(pg_server_url: str) -> Iterator[str]:
    """A migrated database that tests use one after the other."""
    name = f"dex_shared_{os.getpid()}_{next(_numbers)}"
    url = pg_server.create_database(pg_server_url, name)
    store = Store(url)
    upgrade(store)
    ensure_around(store, NOW.date())
    if citus.wanted_way():
        distribute(store, citus.wanted_way(), lambda line: None)
    store.close()
    yield url
    pg_server.drop_database(pg_server_url, name)


@pytest.fixture
def pg_url(pg_database: str) -> Iterator[str]:
    """Address of a migrated, empty PostgreSQL database."""
    yield pg_database
    pg_server.empty_database(pg_database, [table.name for table in reversed(metadata.sorted_tables)])


@pytest.fixture
def empty_pg_url(pg_server_url: str) -> Iterator[str]:
    """Address of a PostgreSQL database without any table."""
    name = f"dex_test_{os.getpid()}_{next(_numbers)}"
    yield pg_server.create_database(pg_server_url, name)
    pg_server.drop_database(pg_server_url, name)


@pytest.fixture(scope="session")
def durable_pg_server_url() -> Iterator[str]:
    """A server that keeps what it acknowledged through a crash."""
    with pg_server.running_server(durable=True) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "dex.sqlite3"
    store = Store(f"sqlite:///{path}")
    upgrade(store)
    store.close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Address of a migrated, empty SQLite file of this test's own."""
    path = tmp_path / "dex.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    store = Store(sqlite_url)
    yield store
    store.close()


@pytest.fixture
def pg_store(pg_url: str) -> Iterator[Store]:
    store = Store(pg_url)
    ensure_around(store, NOW.date())  # a test before may have let these weeks go
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """The test runs on both databases."""
    return request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "pg_store")


@pytest.fixture
def settings(tmp_path: Path, store: Store) -> Settings:
    url = store.engine.url.render_as_string(hide_password=False)
    return Settings(data=tmp_path, database_url=url, secret_key="only for tests")


@pytest.fixture
def org(store: Store, clock: SettableClock) -> Organisation:
    with store.transaction() as session:
        return create_organisation(session, MAIN, "Main", clock().date())


@pytest.fixture
def app(settings: Settings, store: Store, clock: SettableClock) -> Iterator[Flask]:
    made = create_app(settings, store, clock)
    made.testing = True
    yield made
    made.extensions["writer"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def enrolled(store: Store, org: Organisation, clock: SettableClock) -> factories.EnrolledDevice:
    """A laptop of the organisation, with the token it speaks with."""
    with store.transaction() as session:
        return factories.enrol_device(session, org.org_id, clock().date())
