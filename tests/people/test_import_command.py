"""`dex-server people import`: what it prints, and its exit codes."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server.access.audit_models import AuditRow
from server.cli import main
from server.db import Store
from server.people.models import PersonRow
from server.people.organisations import MAIN, create_organisation, org_id_of

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, sqlite_store: Store) -> Run:
    """Imports the text of a file, with these options: exit code, standard output, standard error."""
    with sqlite_store.transaction() as session:
        create_organisation(session, MAIN, "Main", date(2026, 3, 2))

    def run(text: str | bytes, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "people.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        words = ["people", "import", str(file), "--data", str(tmp_path), *options]
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


def people(store: Store) -> list[str]:
    query = sa.select(PersonRow.employee_id).where(PersonRow.org_id == org_id_of(MAIN))
    with store.reading() as session:
        return sorted(session.scalars(query))


def test_a_dry_run_prints_what_would_change_and_writes_nothing(run: Run, sqlite_store: Store) -> None:
    code, out, err = run("employee_id,team,hire\n7,North,2026-05-04\n", "--dry-run")
    assert (code, out) == (0, "new        7  - / North from 2026-05-04\n")
    assert err.startswith("1 person would be imported into “main”: 1 new, 0 changed")
    assert people(sqlite_store) == []
    assert run("employee_id,team,hire\n7,North,2026-05-04\n")[:2] == (0, "")
    assert people(sqlite_store) == ["7"]


def test_a_dry_run_of_a_file_with_faults_names_them_and_what_the_good_lines_would_change(
    run: Run, sqlite_store: Store
) -> None:
    code, out, err = run("employee_id,hire\n7,2026-05-04\n8,soon\n", "--dry-run")
    assert (code, out) == (1, "new        7  nothing from 2026-05-04\n")
    assert "line 3: hire: “soon” is not a date" in err
    assert people(sqlite_store) == []


def test_programs_get_the_same_as_json(run: Run, sqlite_store: Store) -> None:
    run("employee_id,team,assignment_from\n7,North,2026-01-05\n")
    code, out, _ = run("employee_id,team,assignment_from\n7,South,2026-03-02\n,,\n8\n", "--json", "--partial")
    told = json.loads(out)
    assert code == 1
    assert told["people"] == [
        {
            "line": 2,
            "employee_id": "7",
            "changes": [
                {
                    "field": "place",
                    "kind": "moved",
                    "before": "- / North",
                    "after": "- / South",
                    "from": "2026-03-02",
                }
            ],
            "disagreed": [],
        }
    ]
    assert told["refused"] == [{"line": 4, "text": "has 1 cells, but the header has 3."}]
    assert (told["source"], told["written"], told["counts"]["placed"]) == ("csv", True, 1)
    assert json.loads(run("employee_id\n\n7,8\n", "--json")[1])["counts"] is None


def test_an_export_is_read_by_profile_with_its_own_days_and_encoding(run: Run, sqlite_store: Store) -> None:
    text = "Personalnummer;Vorname;Nachname;Anstelldatum\n7;Åsa;Ek;03.02.2026\n"
    options = ("--profile", "personio", "--dates", "dd.mm.yyyy", "--encoding", "cp1252", "--dry-run")
    assert run(text.encode("cp1252"), *options)[:2] == (0, "new        7  nothing from 2026-02-03\n")
    assert run(text, *options[:2])[0] == 1, "another format of days is a fault"
    assert run(text, "--profile", "personoi")[2] == (
        "dex-server: There is no profile “personoi”; there are:"
        " csv, bamboohr, personio, successfactors, workday.\n"
    )
    assert run(text, "--source", "Our HR")[0] == 2


def test_another_system_that_says_otherwise_is_told(run: Run) -> None:
    run("employee_id,email\n7,a@example.org\n", "--source", "hr")
    code, out, err = run("employee_id,email\n7,b@example.org\n", "--source", "payroll", "--dry-run")
    assert (code, out) == (0, "differs    7  email: “hr” goes first and says otherwise\n")
    assert "About 1 person another source says otherwise." in err


def test_an_import_is_in_the_audit_log_and_a_dry_run_is_not(run: Run, sqlite_store: Store) -> None:
    run("employee_id\n7\n", "--dry-run")
    run("employee_id\n7\n", "--source", "hr")
    with sqlite_store.reading() as session:
        entries = session.scalars(sa.select(AuditRow).where(AuditRow.org_id == org_id_of(MAIN)))
        assert [(one.who, one.action, one.about) for one in entries] == [
            ("command line", "people imported", "source hr")
        ]


def test_what_was_changed_of_somebody_is_printed_without_its_value(run: Run, tmp_path: Path) -> None:
    run("employee_id,name,team\n7,Åsa,North\n", "--source", "hr")
    run("employee_id,name,team\n7,Aase,South\n", "--source", "hr")

    def history(employee_id: str) -> tuple[int, str, str]:
        words = ["people", "history", employee_id, "--data", str(tmp_path)]
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    lines = [line.split("\t")[1:] for line in history("7")[1].splitlines()]
    assert lines == [["hr", "name", "changed"], ["hr", "person", "new"], ["hr", "place", "corrected"]]
    assert history("8")[::2] == (2, "dex-server: There is nobody with the employee id “8”.\n")


def test_the_profiles_are_listed_with_their_headings() -> None:
    listed = CliRunner().invoke(main, ["people", "profiles"]).stdout.splitlines()
    assert [line.split("\t")[0] for line in listed] == [
        "csv",
        "bamboohr",
        "personio",
        "successfactors",
        "workday",
    ]
    headings = CliRunner().invoke(main, ["people", "profiles", "personio"]).stdout
    assert "name\tFirst name + Last name, Vorname + Nachname\n" in headings


def test_sources_are_put_in_order_by_command(run: Run, tmp_path: Path) -> None:
    def sources(*words: str) -> str:
        done = CliRunner().invoke(main, ["people", "sources", *words, "--data", str(tmp_path)])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    run("employee_id,email\n7,a@example.org\n", "--source", "hr")
    run("employee_id,email\n7,a@example.org\n", "--source", "payroll")
    assert sources("list") == "hr\t-\npayroll\t-\n"
    sources("order", "payroll")
    sources("first", "hr", "email,site")
    assert sources("list") == "payroll\t-\nhr\temail,site\n"
    sources("first", "hr", "none")
    sources("forget", "payroll")
    assert sources("list") == "hr\t-\n"
