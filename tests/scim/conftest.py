"""A directory that speaks SCIM with the collector.

Here one store of each kind serves all tests of a file, and each test has an organisation of its own: to a
directory, that is an empty store.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pg_server
import pytest
from conftest import NOW, SettableClock
from flask import Flask
from scim_directory import Directory, People, new_directory

from server import create_app
from server.config import Settings
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.schema import metadata

_numbers = count()


@dataclass(frozen=True)
class Shared:
    store: Store
    app: Flask
    clock: SettableClock


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("scim")
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, folder / 'dex.sqlite3')}"
    else:
        url = request.getfixturevalue("pg_database")
    store, clock = Store(url), SettableClock()
    app = create_app(Settings(folder, url, secret_key="only for tests"), store, clock)
    app.testing = True
    yield Shared(store, app, clock)
    app.extensions["writer"].close()
    store.close()
    if request.param == "postgresql":
        pg_server.empty_database(url, [table.name for table in reversed(metadata.sorted_tables)])


@pytest.fixture
def store(shared: Shared) -> Store:
    return shared.store


@pytest.fixture
def app(shared: Shared) -> Flask:
    return shared.app


@pytest.fixture
def clock(shared: Shared) -> SettableClock:
    shared.clock.now = NOW
    return shared.clock


@pytest.fixture
def org(store: Store, clock: SettableClock) -> Organisation:
    with store.transaction() as session:
        return create_organisation(session, f"org-{next(_numbers)}", "Main", clock().date())


@pytest.fixture
def directory(app: Flask, store: Store, org: Organisation, clock: SettableClock) -> Directory:
    return new_directory(app, store, org, clock().date())


@pytest.fixture
def people(store: Store, org: Organisation) -> People:
    return People(store, org.org_id)
