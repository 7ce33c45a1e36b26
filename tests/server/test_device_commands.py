"""`enroll-key`, `devices` and `db` on the command line: bare values on standard output, sentences beside."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import factories
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from factories import EnrolledDevice

from server.cli import main
from server.db import Store
from server.devices.models import DeviceFact, DevicePerson, EnrolmentKey
from server.devices.store import keep_facts
from server.people.models import Organisation, PersonRow

Run = Callable[..., Result]


def test_a_created_key_is_all_that_is_on_standard_output(run: Run, store: Store, org: Organisation) -> None:
    made = run("enroll-key", "create", "--label", "Berlin", "--days", "3", "--uses", "2")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith(f"dexe_{org.org_id.hex}_")
    assert made.stdout.count("\n") == 1
    listed = run("enroll-key", "list").stdout.strip().split("\t")
    assert (listed[1], listed[3], listed[4]) == ("good", "2", "Berlin")


def test_a_revoked_key_is_listed_as_such(run: Run, store: Store, org: Organisation) -> None:
    run("enroll-key", "create")
    with store.reading() as session:
        key_id = session.scalars(
            sa.select(EnrolmentKey.key_id).where(EnrolmentKey.org_id == org.org_id)
        ).one()
    assert run("enroll-key", "revoke", str(key_id)).exit_code == 0
    assert run("enroll-key", "list").stdout.split("\t")[1] == "revoked"
    missing = run("enroll-key", "revoke", str(uuid4()))
    assert (missing.exit_code, missing.stdout) == (2, "")


def test_without_an_organisation_there_is_one_sentence(run: Run) -> None:
    refused = run("enroll-key", "create")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("dex-server: There is no organisation")
    assert refused.stderr.count("\n") == 1


@pytest.fixture
def laptop(store: Store, org: Organisation, enrolled: EnrolledDevice, clock) -> EnrolledDevice:
    with store.transaction() as session:
        facts = {"serial": "SN-1", "hostname": "lap1", "model": "T14"}
        keep_facts(session, org.org_id, enrolled.device_id, clock().date(), facts)
        session.add(PersonRow(org_id=org.org_id, person_id=uuid4(), employee_id="E1"))
    return enrolled


def test_laptops_are_listed_without_person_and_last_contact(run: Run, laptop: EnrolledDevice) -> None:
    assert run("devices", "list").stdout.strip().split("\t") == [
        str(laptop.device_id),
        "active",
        "SN-1",
        "T14",
    ]


@pytest.mark.parametrize("named", ["serial", "host", "id", "start of id"])
def test_a_laptop_is_assigned_by_any_of_its_names(
    run: Run, store: Store, laptop: EnrolledDevice, named: str
) -> None:
    text = str(laptop.device_id)
    name = {"serial": "sn-1", "host": "LAP1", "id": text, "start of id": text[:8]}[named]
    assert run("devices", "assign", name, "E1", "--from", "2026-03-01").exit_code == 0
    with store.reading() as session:
        [row] = session.scalars(sa.select(DevicePerson).where(DevicePerson.org_id == laptop.org_id))
    assert (row.device_id, row.since.isoformat()) == (laptop.device_id, "2026-03-01")
    assert run("devices", "assign", name, "-", "--from", "2026-03-01").exit_code == 0
    with store.reading() as session:
        assert not session.scalars(sa.select(DevicePerson).where(DevicePerson.org_id == laptop.org_id)).all()


@pytest.mark.parametrize("arguments", [("nowhere", "E1"), ("SN-1", "E9")])
def test_an_unknown_laptop_or_person_is_named_in_one_sentence(
    run: Run, laptop: EnrolledDevice, arguments: tuple[str, str]
) -> None:
    refused = run("devices", "assign", *arguments)
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1


def test_a_serial_that_two_laptops_have_is_not_guessed(
    run: Run, store: Store, laptop: EnrolledDevice, clock
) -> None:
    with store.transaction() as session:
        other = factories.enrol_device(session, laptop.org_id, clock().date())
        fact = DeviceFact(
            org_id=laptop.org_id, device_id=other.device_id, since=clock().date(), seq=0, serial="SN-1"
        )
        session.add(fact)
    assert "2 laptops" in run("devices", "retire", "SN-1").stderr


def test_the_store_is_upgraded_and_checked(run: Run) -> None:
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0


def test_a_store_without_tables_fails_the_check(tmp_path: Path) -> None:
    runner = CliRunner(env={"DEX_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"})
    refused = runner.invoke(main, ["db", "check", "--data", str(tmp_path)])
    assert refused.exit_code == 1
    assert "nothing" in refused.stderr


def test_weeks_are_listed_where_there_are_any(run: Run, store: Store) -> None:
    listed = run("db", "partitions")
    assert listed.exit_code == 0
    assert ("raw_batch_" in listed.stdout) is not store.is_sqlite
