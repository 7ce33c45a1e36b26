"""Files that an HR system puts into a folder: taken when they are finished, wholly or not at all."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server.access.audit_models import AuditRow
from server.cli import main
from server.db import Store
from server.intake.folder import KEPT, SETTLED
from server.intake.people_files import take_people_files
from server.outbox import notices
from server.outbox.models import OutboxRow
from server.people.models import Organisation, PersonRow
from server.people.organisations import MAIN, create_organisation
from server.people.sources import register

GOOD = "employee_id,name,team\n7,Åsa,North\n8,Bo,North\n"


def later(by: timedelta = SETTLED + timedelta(seconds=1)) -> datetime:
    """When what was written now is finished: files carry the time of this machine."""
    return datetime.now(UTC) + by


@pytest.fixture
def inbox(tmp_path: Path, store: Store, org: Organisation) -> Path:
    folder = tmp_path / "from hr"
    folder.mkdir()
    with store.transaction() as session:
        row = register(session, org.org_id, "hr")
        row.folder = str(folder)
        notices.add(session, org.org_id, "it@example.org", ["jobs"], "en")
    return folder


def names(folder: Path) -> list[str]:
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]
    return sorted(name.replace(f"{datetime.now(UTC).date()}", "TODAY") for name in found)


def people(store: Store, org: Organisation) -> dict[str, str | None]:
    query = sa.select(PersonRow.employee_id, PersonRow.name).where(PersonRow.org_id == org.org_id)
    with store.reading() as session:
        return {row.employee_id: row.name for row in session.execute(query)}


def told(store: Store, org: Organisation) -> list[str]:
    with store.reading() as session:
        rows = session.scalars(sa.select(OutboxRow).where(OutboxRow.org_id == org.org_id))
        return [row.content["text"] for row in rows]


def test_a_finished_file_is_imported_and_put_away_with_a_report(
    inbox: Path, store: Store, org: Organisation
) -> None:
    (inbox / "staff.csv").write_text(GOOD)
    assert take_people_files(store, datetime.now(UTC)) == "0 files imported, 0 refused"
    assert people(store, org) == {}, "somebody may still be writing it"
    assert take_people_files(store, later()) == "1 files imported, 0 refused"
    assert people(store, org) == {"7": "Åsa", "8": "Bo"}
    assert names(inbox) == ["done/TODAY-staff.csv", "done/TODAY-staff.csv.txt"]
    [report] = inbox.glob("done/*.txt")
    assert report.read_text().startswith("2 new, 0 changed, 0 unchanged, 0 not in the file.\n")
    assert told(store, org) == []
    with store.reading() as session:
        [entry] = session.scalars(sa.select(AuditRow).where(AuditRow.org_id == org.org_id))
    assert (entry.who, entry.action, entry.about) == ("worker", "people imported", "source hr")


def test_a_file_with_a_fault_changes_nothing_and_somebody_hears_of_it(
    inbox: Path, store: Store, org: Organisation
) -> None:
    (inbox / "staff.csv").write_text(GOOD + ",Nobody,North\n")
    (inbox / "strange.CSV").write_bytes(b"\x00\x01")
    assert take_people_files(store, later()) == "0 files imported, 2 refused"
    assert people(store, org) == {}
    assert names(inbox) == [
        "failed/TODAY-staff.csv",
        "failed/TODAY-staff.csv.txt",
        "failed/TODAY-strange.CSV",
        "failed/TODAY-strange.CSV.txt",
    ]
    report = next(inbox.glob("failed/*staff.csv.txt")).read_text()
    assert "line 4: employee_id: is missing." in report
    assert len(told(store, org)) == 1, "once a day for each source"
    assert "hr" in told(store, org)[0]


def test_files_are_taken_in_the_order_in_which_they_were_made(
    inbox: Path, store: Store, org: Organisation
) -> None:
    for age, name, text in ((30, "b.csv", "Old"), (20, "a.csv", "New")):
        (inbox / name).write_text(f"employee_id,name\n7,{text}\n")
        os.utime(inbox / name, (time.time() - age,) * 2)
    (inbox / ".hidden.csv").write_text(GOOD)
    (inbox / "staff.csv.part").write_text(GOOD)
    assert take_people_files(store, later()) == "2 files imported, 0 refused"
    assert people(store, org) == {"7": "New"}
    assert names(inbox)[:1] == [".hidden.csv"]


def test_a_link_out_of_the_folder_is_not_followed(
    inbox: Path, store: Store, org: Organisation, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(GOOD)
    (inbox / "staff.csv").symlink_to(secret)
    os.mkfifo(inbox / "pipe.csv")
    assert take_people_files(store, later()) == "0 files imported, 2 refused"
    assert people(store, org) == {}
    assert "Åsa" not in next(inbox.glob("failed/*staff.csv.txt")).read_text()
    assert secret.read_text() == GOOD


def test_the_same_name_again_replaces_nothing_and_old_files_go(inbox: Path, store: Store) -> None:
    for _ in range(2):
        (inbox / "staff.csv").write_text(GOOD)
        take_people_files(store, later())
    assert [name for name in names(inbox) if name.endswith(".csv")] == [
        "done/TODAY-staff-2.csv",
        "done/TODAY-staff.csv",
    ]
    take_people_files(store, later(KEPT - timedelta(minutes=1)))
    assert len(names(inbox)) == 4
    take_people_files(store, later(KEPT + timedelta(minutes=1)))
    assert names(inbox) == []


def test_another_source_that_goes_first_is_named_in_the_report(
    inbox: Path, store: Store, org: Organisation
) -> None:
    (inbox / "staff.csv").write_text(GOOD)
    take_people_files(store, later())
    other = inbox.parent / "payroll"
    other.mkdir()
    with store.transaction() as session:
        register(session, org.org_id, "payroll").folder = str(other)
    (other / "staff.csv").write_text("employee_id,name\n7,Aase\n8,Bo\n")
    assert take_people_files(store, later()) == "1 files imported, 0 refused"
    assert people(store, org)["7"] == "Åsa"
    report = next(other.glob("done/*.txt")).read_text()
    assert "  line 2: name: “hr” goes first and says otherwise." in report
    assert "Aase" not in report


def test_a_folder_that_is_gone_is_told_and_keeps_no_other_from_being_taken(
    inbox: Path, store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        register(session, org.org_id, "a-gone").folder = str(inbox / "nowhere" / "at all")
    (inbox / "staff.csv").write_text(GOOD)
    assert take_people_files(store, later()) == "1 files imported, 1 refused"
    assert "a-gone" in told(store, org)[0]


@pytest.fixture
def run(tmp_path: Path, sqlite_store: Store) -> Callable[..., tuple[int, str, str]]:
    with sqlite_store.transaction() as session:
        create_organisation(session, MAIN, "Main", datetime.now(UTC).date())

    def run(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, ["people", *words, "--data", str(tmp_path)], catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


def test_a_folder_is_chosen_listed_and_ended_by_command(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, sqlite_store: Store
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('name = "our-hr"\nlike = "personio"\ndates = "DD.MM.YYYY"\n')
    inbox = tmp_path / "inbox"
    assert run("folder", str(inbox))[:2] == (2, "")
    inbox.mkdir()
    code, _, err = run("folder", str(inbox), "--profile", str(own), "--source", "hr")
    assert (code, err) == (0, f"Files go to done and failed in {inbox}.\n")
    own.unlink()
    assert run("folder")[1] == f"hr\tour-hr\t{inbox}\n"
    (inbox / "export.csv").write_text("Personalnummer;Vorname;Nachname;Anstelldatum\n7;Åsa;Ek;03.02.2026\n")
    assert take_people_files(sqlite_store, later()) == "1 files imported, 0 refused"
    assert run("folder", "--none", "--source", "hr")[0] == 0
    assert run("folder")[1] == ""
    assert run("folder", "--none", "--source", "payroll")[2] == (
        "dex-server: There is no source “payroll” here; there are: hr.\n"
    )
