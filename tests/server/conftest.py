"""What tests of `dex-server` commands share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.db import Store


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Callable[..., Result]:
    """A command of `dex-server` over the test's store."""
    url = store.engine.url.render_as_string(hide_password=False)

    def call(*arguments: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": url}).invoke(main, [*arguments, "--data", str(tmp_path)])

    return call
