"""A fleet of real agents: their own store, enrolment and delivery, and a collector in the same process."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import SettableClock
from flask import Flask
from real_fleet import Fleet

from server.cli import main
from server.db import Store
from server.ingest.partitions import ensure_around
from server.people.models import Organisation


@pytest.fixture
def fleet(
    app: Flask,
    store: Store,
    org: Organisation,
    clock: SettableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Fleet:
    """At the present day, which the agents live in."""
    clock.now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    ensure_around(store, clock.now.date())
    return Fleet(app, store, org, clock, tmp_path / "fleet", monkeypatch)


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Callable[..., Result]:
    """A command of `dex-server` over the test's store."""
    url = store.engine.url.render_as_string(hide_password=False)

    def call(*arguments: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": url}).invoke(main, [*arguments, "--data", str(tmp_path)])

    return call
