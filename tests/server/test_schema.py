"""The schema keeps its rules, models and migrations agree, and a failed migration leaves nothing."""

import shutil
from datetime import date
from pathlib import Path

import factories
import pytest
import sqlalchemy as sa
from schema_rules import complaints

from server.db import Store, scale
from server.ingest.models import device_day
from server.ingest.partitions import drop_before, ensure_partitions, partition_name, partitions
from server.revisions import MIGRATIONS, revisions
from server.schema import metadata
from server.upkeep.migrate import differences, upgrade

BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "9999_broken"
down_revision = {head!r}


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("device", sa.Column("half", sa.String()))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


DEMANDED = {("job", "failed_runs")}
"""A worker that does not know it makes no row there: each of its jobs has one already."""


def test_every_table_could_be_distributed_by_organisation_and_by_device() -> None:
    assert complaints(metadata) == []


def test_a_schema_that_breaks_the_rules_is_noticed() -> None:
    bad = sa.MetaData()
    sa.Table("unsaid", bad, sa.Column("id", sa.Integer(), primary_key=True))
    sa.Table(
        "serial",
        bad,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("org_id", sa.Uuid()),
        **scale("tenant"),
    )
    sa.Table(
        "loose",
        bad,
        sa.Column("org_id", sa.String(), primary_key=True),
        sa.Column("device_id", sa.Uuid()),
        sa.Column("day", sa.Date()),
        sa.Column("name", sa.String(), unique=True, server_default="x"),
        sa.ForeignKeyConstraint(["device_id"], ["serial.id"], ondelete="SET NULL"),
        **scale("device", postgresql_partition_by="RANGE (day)"),
    )
    assert {complaint.split(":")[0] for complaint in complaints(bad)} == {"unsaid", "serial", "loose"}
    text = "\n".join(complaints(bad))
    for rule in ("missing or unknown", "does not start with", "made by the server", "lacks", "partition"):
        assert rule in text
    for rule in ("default of the database", "foreign key", "another type"):
        assert rule in text


def test_migrations_make_exactly_the_tables_of_the_models(store: Store) -> None:
    assert differences(store) == []
    current, newest = revisions(store)
    assert current == newest


def test_an_upgrade_may_be_repeated(store: Store) -> None:
    upgrade(store)
    assert differences(store) == []


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_migration_that_fails_leaves_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}" if database == "sqlite" else None
    store = Store(url or request.getfixturevalue("empty_pg_url"))
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    upgrade(store)
    head, _ = revisions(store)
    (migrations / "versions" / "9999_broken.py").write_text(BROKEN.format(head=head))
    with pytest.raises(sa.exc.DBAPIError):
        upgrade(store, migrations)
    assert differences(store) == []
    assert revisions(store)[0] == head
    upgrade(store)
    store.close()


def test_each_migration_leaves_all_that_the_version_before_writes(tmp_path: Path) -> None:
    """So that an earlier collector works beside a newer schema: nothing vanishes, nothing new is demanded."""
    store, folder, before = Store(f"sqlite:///{tmp_path / 'new.sqlite3'}"), tmp_path / "migrations", {}
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__", "[0-9]*.py"))
    for file in sorted((MIGRATIONS / "versions").glob("[0-9]*.py")):
        shutil.copy(file, folder / "versions")
        upgrade(store, folder)
        looks = sa.inspect(store.engine)
        after = {name: {c["name"]: c for c in looks.get_columns(name)} for name in looks.get_table_names()}
        for table, columns in before.items():
            assert set(columns) <= set(after.get(table, {})), f"{file.stem} takes away from {table}"
            new = [column for name, column in after[table].items() if name not in columns]
            demanded = {(table, column["name"]) for column in new if not column["nullable"]}
            assert demanded <= DEMANDED, f"{file.stem} demands more of {table}"
        before = after
    store.close()


def test_weeks_are_made_once_and_old_ones_go_whole(store: Store, enrolled) -> None:
    days = [date(2026, 1, 5), date(2026, 1, 11), date(2026, 1, 12)]  # Monday, Sunday, Monday
    drop_before(store, device_day, days[0])  # weeks that other tests made in the same database
    for _ in range(2):
        ensure_partitions(store, days[0], days[-1])
    with store.transaction() as session:
        for day in days:
            session.execute(sa.insert(device_day).values(factories.day_row(enrolled, day)))
    assert drop_before(store, device_day, date(2026, 1, 11)) == 0
    assert drop_before(store, device_day, date(2026, 1, 12)) > 0
    with store.reading() as session:
        query = sa.select(device_day.c.day).where(device_day.c.org_id == enrolled.org_id)
        assert session.scalars(query).all() == [date(2026, 1, 12)]


def test_partitions_stay_out_of_sight_of_the_migrations(pg_store: Store) -> None:
    ensure_partitions(pg_store, date(2027, 1, 4), date(2027, 1, 4))
    with pg_store.engine.connect() as connection:
        assert partition_name(device_day, date(2027, 1, 4)) in partitions(connection)
    assert differences(pg_store) == []
