"""An embedded store moves into an empty PostgreSQL with every row, and goes on where it was ended."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from every_table import digests, fill, rows_of

from server.cli import main
from server.db import Store, without_org
from server.errors import UsageError
from server.schema import metadata
from server.upkeep import move as move_module
from server.upkeep.backup import backup
from server.upkeep.migrate import differences
from server.upkeep.move import move


@pytest.fixture
def full(sqlite_store: Store) -> Store:
    """A store with rows in every table there is."""
    fill(sqlite_store)
    return sqlite_store


@pytest.fixture
def target(empty_pg_url: str) -> Iterator[Store]:
    made = Store(empty_pg_url)
    yield made
    made.close()


def silently(_line: str) -> None:
    pass


def test_every_row_of_every_table_arrives_unchanged(full: Store, target: Store, monkeypatch) -> None:
    monkeypatch.setattr(move_module, "ROWS_AT_ONCE", 3)
    lines: list[str] = []
    total = move(full, target, lines.append)
    assert total.rows == sum(map(rows_of, metadata.sorted_tables))
    assert len(lines) == len(metadata.sorted_tables)
    assert digests(target) == digests(full)
    assert differences(target) == []


class Ended(Exception):
    pass


@pytest.mark.parametrize("commits", [0, 1, 30])
def test_a_move_that_was_ended_goes_on(full: Store, target: Store, monkeypatch, commits: int) -> None:
    """Ended before the commit number so many."""
    monkeypatch.setattr(move_module, "ROWS_AT_ONCE", 3)
    left = commits

    def end(_connection: sa.Connection) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Ended

    sa.event.listen(target.engine, "commit", end)
    with pytest.raises(Ended):
        move(full, target, silently)
    sa.event.remove(target.engine, "commit", end)
    move(full, target, silently)
    assert digests(target) == digests(full)


def test_a_database_that_holds_anything_else_is_refused(full: Store, target: Store) -> None:
    with target.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE precious (name text)"))
    with pytest.raises(UsageError, match="not empty"):
        move(full, target, silently)
    assert sa.inspect(target.engine).get_table_names() == ["precious"]


def test_another_stores_unfinished_move_is_refused(full: Store, target: Store, tmp_path: Path) -> None:
    def end(_line: str) -> None:
        raise Ended

    with pytest.raises(Ended):
        move(full, target, end)
    copy = tmp_path / "other.sqlite3"
    backup(full, copy)
    other = Store(f"sqlite:///{copy}")
    with pytest.raises(UsageError, match="of another store"):
        move(other, target, silently)
    other.close()


def test_rows_that_changed_between_two_parts_are_noticed(full: Store, target: Store) -> None:
    def end(_line: str) -> None:
        raise Ended

    with pytest.raises(Ended):
        move(full, target, end)
    device = metadata.tables["device"]
    with full.engine.begin() as connection:
        options = without_org("changes a copied row on purpose")
        connection.execute(sa.update(device).values(state="retired"), execution_options=options)
    with pytest.raises(UsageError, match="differ: device"):
        move(full, target, silently)


def test_one_at_a_time_and_nobody_writes_meanwhile(full: Store, target: Store) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold(_line: str) -> None:
        reached.set()
        go_on.wait(30)

    first = threading.Thread(target=move, args=(full, target, hold))
    first.start()
    try:
        assert reached.wait(30)
        with pytest.raises(UsageError, match="under way"):
            move(full, target, silently)
        impatient = sqlite3.connect(full.engine.url.database, timeout=0)
        with closing(impatient), pytest.raises(sqlite3.OperationalError, match="locked"):
            impatient.execute("DELETE FROM job")
    finally:
        go_on.set()
        first.join(30)
    assert digests(target) == digests(full)


def test_the_command(full: Store, empty_pg_url: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DEX_DATABASE_URL", raising=False)
    arguments = ["db", "move", "--data", str(tmp_path), "--to"]
    done = CliRunner().invoke(main, [*arguments, empty_pg_url])
    assert done.exit_code == 0, done.output
    assert "DEX_DATABASE_URL" in done.stderr
    refused = CliRunner().invoke(main, [*arguments, f"sqlite:///{tmp_path}/new.sqlite3"])
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    monkeypatch.setenv("DEX_DATABASE_URL", empty_pg_url)
    again = CliRunner().invoke(main, [*arguments, empty_pg_url])
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
