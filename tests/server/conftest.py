"""What tests of the server share: its commands, and a company to try changes in."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from experiment_company import TODAY, Told

from server.cli import main
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation, org_id_of


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Callable[..., Result]:
    """A command of `dex-server` over the test's store."""
    url = store.engine.url.render_as_string(hide_password=False)

    def call(*arguments: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": url}).invoke(main, [*arguments, "--data", str(tmp_path)])

    return call


@pytest.fixture(scope="session")
def ten_weeks(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    path = tmp_path_factory.mktemp("experiments") / "dex.sqlite3"
    shutil.copy(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", TODAY)
    Told(store, org).begin()
    store.close()
    return path


@pytest.fixture
def told(tmp_path: Path, ten_weeks: Path) -> Iterator[Told]:
    """On SQLite, whose ten weeks are made once."""
    shutil.copy(ten_weeks, tmp_path / "dex.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'dex.sqlite3'}")
    with store.reading() as session:
        org = session.get_one(Organisation, org_id_of(MAIN))
    yield Told(store, org)
    store.close()


@pytest.fixture
def told_on_both(store: Store, org: Organisation) -> Told:
    made = Told(store, org)
    made.begin()
    return made
