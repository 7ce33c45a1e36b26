"""Deleting an organisation takes its last row of every table, and not one of another organisation."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from click.testing import Result
from two_organisations import DAY, OTHER, fill_organisation, rows_of_organisation

from server.db import Store
from server.ingest.partitions import ensure_partitions
from server.people.models import Organisation
from server.people.organisations import create_organisation, org_id_of
from server.schema import metadata
from server.upkeep import delete_organisation as deleting
from server.upkeep.delete_organisation import delete_organisation, rows_of

STAYS = org_id_of("stays")


@pytest.fixture
def two(store: Store) -> Store:
    """Two organisations with a row in every table."""
    ensure_partitions(store, DAY, DAY)
    for org_id in (OTHER, STAYS):
        fill_organisation(store, org_id)
    return store


def test_all_of_one_goes_and_all_of_the_other_stays(two: Store) -> None:
    before = rows_of_organisation(two, STAYS)
    assert {name for name, found in rows_of_organisation(two, OTHER).items() if len(found) == 1} == {
        table.name for table in metadata.sorted_tables if "org_id" in table.c
    }
    assert sum(delete_organisation(two, OTHER).values()) == len(before)
    assert [name for name, found in rows_of_organisation(two, OTHER).items() if found] == []
    assert rows_of_organisation(two, STAYS) == before


def test_whoever_was_stopped_on_the_way_begins_again(two: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def stops(store: Store, table: sa.Table, where: tuple[sa.ColumnElement[bool], ...]) -> int:
        if len(done) == 20:
            raise KeyboardInterrupt
        done.append(table.name)
        return ended(store, table, where)

    ended = deleting.end_rows
    monkeypatch.setattr(deleting, "end_rows", stops)
    with pytest.raises(KeyboardInterrupt):
        delete_organisation(two, OTHER)
    assert done[:2] == ["enrolment_key", "device"], "nothing new comes in from the beginning"
    assert rows_of(two, OTHER)["organisation"] == 1
    monkeypatch.setattr(deleting, "end_rows", ended)
    delete_organisation(two, OTHER)
    assert rows_of(two, OTHER) == {}


def test_the_command_asks_for_a_word_and_says_what_would_go(store: Store, run: Callable[..., Result]) -> None:
    with store.transaction() as session:
        create_organisation(session, "gone", "Gone Ltd", date(2026, 3, 1))
        create_organisation(session, "stays", "Stays Ltd", date(2026, 3, 1))
    asked = run("organisation", "delete", "gone")
    assert (asked.exit_code, asked.stdout) == (2, "organisation\t1\n")
    assert "add --yes" in asked.stderr
    assert run("organisation", "delete", "gone", "--yes").stderr == "“gone” is gone: 1 rows.\n"
    assert run("organisation", "delete", "gone", "--yes").exit_code == 2
    with store.reading() as session:
        assert session.get(Organisation, org_id_of("stays")) is not None
