"""A copy of the embedded store is whole, private, and runs in place of the original."""

import threading

import pytest
from click.testing import CliRunner

from server.cli import main
from server.db import Store
from server.errors import UsageError
from server.people.organisations import MAIN, create_organisation, organisations
from server.revisions import revisions
from server.upkeep.backup import backup


@pytest.fixture
def main_org(sqlite_store, clock):
    with sqlite_store.transaction() as session:
        return create_organisation(session, MAIN, "Main", clock().date())


def names(store: Store) -> list[str]:
    with store.reading() as session:
        return [found.slug for found in organisations(session)]


def test_a_copy_taken_under_writes_can_be_used_in_place_of_the_store(sqlite_store, main_org, clock, tmp_path):
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with sqlite_store.transaction() as session:
                create_organisation(session, f"org{number:05}", "x", clock().date())
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup(sqlite_store, tmp_path / "copy.sqlite3")
    finally:
        stop.set()
        writer.join(30)
    copy = Store(f"sqlite:///{tmp_path}/copy.sqlite3")
    found, needed = revisions(copy)
    assert found == needed
    kept = names(copy)
    assert kept[0] == MAIN
    assert kept == names(sqlite_store)[: len(kept)]
    with copy.transaction() as session:
        create_organisation(session, "written-later", "x", clock().date())
    assert (tmp_path / "copy.sqlite3").stat().st_mode & 0o777 == 0o600
    copy.close()


def test_a_file_that_is_there_is_never_overwritten(sqlite_store, tmp_path):
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        backup(sqlite_store, tmp_path / "precious")
    assert (tmp_path / "precious").read_text() == "mine"


def test_another_database_has_its_own_tools(pg_store, tmp_path):
    with pytest.raises(UsageError, match="pg_dump"):
        backup(pg_store, tmp_path / "copy")


def test_the_command(sqlite_store, main_org, tmp_path):
    done = CliRunner().invoke(main, ["db", "backup", str(tmp_path / "copy"), "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert names(Store(f"sqlite:///{tmp_path}/copy")) == [MAIN]
    again = CliRunner().invoke(main, ["db", "backup", str(tmp_path / "copy"), "--data", str(tmp_path)])
    assert again.exit_code == 2
    assert again.stderr.count("\n") == 1
