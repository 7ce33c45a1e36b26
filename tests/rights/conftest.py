"""What tests of rights share: commands, and a browser without a screen that is signed in."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from dashboards import create_app
from server.access.roles import Grant
from server.access.store import create_link
from server.cli import main
from server.config import Settings
from server.db import Store


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Callable[..., Result]:
    """A command of `dex-server` over the test's store."""
    url = store.engine.url.render_as_string(hide_password=False)

    def call(*arguments: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": url}).invoke(main, [*arguments, "--data", str(tmp_path)])

    return call


@pytest.fixture
def pages(settings: Settings, store: Store, clock) -> Flask:
    made = create_app(settings, store, clock)
    made.testing = True
    made.config["WTF_CSRF_METHODS"] = []  # tests/dashboards/test_every_page.py holds that forms have it
    yield made
    made.extensions["writer"].close()


@pytest.fixture
def signed_in(pages: Flask, store: Store, clock) -> Callable[[Grant], FlaskClient]:
    """Somebody at the pages, under this grant."""

    def enter(grant: Grant) -> FlaskClient:
        with store.transaction() as session:
            link = create_link(session, grant, clock(), timedelta(hours=1))
        client = pages.test_client()
        client.get(f"/sign-in/{link}")
        return client

    return enter
