"""A store is spread over the machines of a Citus in place, every row of it, and what comes later with it.

Most of this needs a Citus, which DEX_TEST_PG_URL names (docs/operate/citus.md); it is skipped without one.
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import citus
import pytest
import sqlalchemy as sa
from every_table import DAY, digests, fill

from server.cluster import spread_of
from server.db import Store
from server.errors import UsageError
from server.ingest.models import event
from server.ingest.partitions import drop_before, ensure_partitions, missing_weeks, sizes, strange_tables
from server.revisions import MIGRATIONS, revisions
from server.upkeep.check_store import complaints, description
from server.upkeep.distribute import By, distribute, unspread, way_of
from server.upkeep.migrate import differences, upgrade
from server.upkeep.move import move

MORE = """
import sqlalchemy as sa
from alembic import op

revision = "9999_more"
down_revision = {head!r}


def upgrade() -> None:
    op.create_table(
        "more",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "x"),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
    )
    op.create_index("ix_more_x", "more", ["x"])
    op.add_column("device", sa.Column("more", sa.String()))
    op.add_column("event", sa.Column("more", sa.String()))
"""


def silently(_line: str) -> None:
    pass


@pytest.fixture
def cluster(pg_server_url: str, empty_pg_url: str, sqlite_store: Store) -> Iterator[Store]:
    """The rows of an embedded store in every table of a PostgreSQL whose Citus has nothing to do yet."""
    if not citus.has_citus(pg_server_url):
        pytest.skip("DEX_TEST_PG_URL names no Citus")
    store = Store(empty_pg_url)
    fill(sqlite_store)
    move(sqlite_store, store, silently)
    yield store
    store.close()


@pytest.mark.parametrize("by", ["org", "device"])
def test_a_store_is_distributed_and_stays_the_same(cluster: Store, sqlite_store: Store, by: By) -> None:
    assert distribute(cluster, by, silently).rows > 0
    assert digests(cluster) == digests(sqlite_store)
    assert differences(cluster) == []
    with cluster.engine.connect() as connection:
        assert way_of(connection) == by
        assert unspread(connection) == []
        assert strange_tables(connection) == []
        assert sum(size for _, size in sizes(connection)) > 0
    assert f"distributed by {by} over 2 machines" in description(cluster)
    assert distribute(cluster, by, silently).rows > 0  # again, which changes nothing
    other: By = "device" if by == "org" else "org"
    with pytest.raises(UsageError, match=f"by {by} already"):
        distribute(cluster, other, silently)


class Ended(Exception):
    pass


@pytest.mark.parametrize("by", ["org", "device"])
def test_a_distribution_that_was_ended_goes_on(cluster: Store, by: By) -> None:
    before = digests(cluster)
    lines: list[str] = []

    def end(line: str) -> None:
        lines.append(line)
        if len(lines) == 10:
            raise Ended

    with pytest.raises(Ended):
        distribute(cluster, by, end)
    with cluster.engine.connect() as connection:
        assert unspread(connection) != []
    assert any("not distributed as the others" in line for line in complaints(cluster, DAY))
    distribute(cluster, by, silently)
    assert digests(cluster) == before
    assert differences(cluster) == []


@pytest.mark.parametrize("by", ["org", "device"])
def test_weeks_and_tables_that_come_later_are_distributed_too(cluster: Store, by: By, tmp_path: Path) -> None:
    distribute(cluster, by, silently)
    ensure_partitions(cluster, date(2027, 1, 4), date(2027, 1, 11))
    assert drop_before(cluster, event, date(2027, 1, 11)) > 0
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    text = MORE.format(head=revisions(cluster)[0])
    (migrations / "versions" / "9999_more.py").write_text(text)
    upgrade(cluster, migrations)
    with cluster.engine.connect() as connection:
        assert spread_of(connection, "more") == spread_of(connection, "organisation")
        assert len(sa.inspect(connection).get_foreign_keys("more")) == 1


def test_what_is_no_cluster_is_refused_in_one_sentence(store: Store, request: pytest.FixtureRequest) -> None:
    if not store.is_sqlite and citus.has_citus(request.getfixturevalue("pg_server_url")):
        pytest.skip("DEX_TEST_PG_URL names a Citus")
    with pytest.raises(UsageError, match="has no Citus"):
        distribute(store, "org", silently)
    assert "distributed" not in description(store)


def test_the_check_names_missing_weeks_and_strange_tables(pg_store: Store) -> None:
    day = date(2031, 3, 5)  # where no other test makes weeks
    with pg_store.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE dex_part.event_old (x int)"))
    try:
        with pg_store.engine.connect() as connection:
            assert "event_20310303" in missing_weeks(connection, day)
            assert strange_tables(connection) == ["event_old"]
        wrong = complaints(pg_store, day)
        assert len(wrong) == 2
        assert "Run: dex-server db partitions" in wrong[0]
        assert "event_old" in wrong[1]
    finally:
        with pg_store.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE dex_part.event_old"))
