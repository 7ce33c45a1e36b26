"""A migration beside a running collector: it is done whole or not at all, and no batch is lost meanwhile."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from collector_process import Collector
from faults.fleet import assert_all_there_once, delivering, wait_for_more

from server.db import Store
from server.revisions import MIGRATIONS, known_revisions
from server.upkeep.migrate import upgrade

NEXT = "9999_next"
STEPS = f'''"""What a next version might want: a column of a large table, and an index."""

import time

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{NEXT}", "%s"


def upgrade() -> None:
    op.add_column("device_day", sa.Column("next_one", sa.Integer(), nullable=True))
    op.create_index("ix_event_next_one", "event", ["org_id", "kind"])
    time.sleep(0.3)
    %s
'''


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Those of the product and one more, whose last line a test may write."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    write_next(folder, "pass")
    return folder


def write_next(folder: Path, last_line: str) -> None:
    text = STEPS % (max(known_revisions()), last_line)
    (folder / "versions" / f"{NEXT}.py").write_text(text)


def columns(store: Store) -> set[str]:
    return {column["name"] for column in sa.inspect(store.engine).get_columns("device_day")}


@pytest.mark.parametrize("database", ["sqlite_url", "empty_pg_url"])
def test_a_migration_under_load(
    request: pytest.FixtureRequest, tmp_path: Path, migrations: Path, database: str
) -> None:
    url = request.getfixturevalue(database)
    with closing(Store(url)) as store, Collector(tmp_path, url) as collector:
        upgrade(store)
        collector.start()
        with delivering(store, collector.address) as fleet:
            wait_for_more(fleet)
            write_next(migrations, "raise RuntimeError('it breaks at its end')")
            with pytest.raises(RuntimeError, match="at its end"):
                upgrade(store, migrations)
            assert "next_one" not in columns(store)
            wait_for_more(fleet)
            write_next(migrations, "pass")
            upgrade(store, migrations)
            assert "next_one" in columns(store)
            wait_for_more(fleet)
        assert collector.is_running
        assert_all_there_once(store, fleet)
