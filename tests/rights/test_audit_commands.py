"""`dex-server audit`, and what other commands write down there."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from click.testing import Result

from server.access.audit_chain import entries
from server.access.audit_models import AuditRow
from server.db import Store
from server.people.models import Organisation

Run = Callable[..., Result]


def noted(store: Store, org: Organisation) -> list[tuple[str, str, str | None]]:
    with store.reading() as session:
        return [(row.action, row.about, row.reason) for row in entries(session, org.org_id)]


def test_commands_that_change_what_people_were_told_are_written_down(
    run: Run, store: Store, org: Organisation, tmp_path: Path
) -> None:
    assert run("policy", "services", "add", "mail", "mail.example.org:443", "--propose").exit_code == 0
    assert run("agreement", "key", str(tmp_path / "council.pem")).exit_code == 0
    assert run("agreement", "sign", "--key", str(tmp_path / "council.pem")).exit_code == 0
    assert run("agreement", "end", "--key", str(tmp_path / "council.pem")).exit_code == 0
    assert run("enroll-key", "create").exit_code == 0
    (key,) = (line.split("\t")[0] for line in run("enroll-key", "list").stdout.splitlines())
    assert run("enroll-key", "revoke", key).exit_code == 0
    assert run("db", "retention", "--keep", "rows=60").exit_code == 0
    written = noted(store, org)
    assert [action for action, _, _ in written] == [
        "policy changed",
        "agreement key registered",
        "agreement signed",
        "agreement ended",
        "enrolment key made",
        "enrolment key revoked",
        "retention changed",
    ]
    assert written[0][1] == "services"
    assert {written[4][1], written[5][1]} == {key}
    assert written[6][1] == "rows=60"


def test_a_command_that_changes_nothing_writes_nothing_down(
    run: Run, store: Store, org: Organisation
) -> None:
    run("policy", "pause", "allow", "--hours", "4")
    run("policy", "show")
    run("db", "retention", "--terms")
    assert run("db", "retention", "--keep", "rows=999").exit_code == 2
    assert noted(store, org) == []


def test_verify_prints_the_end_to_note_down_and_names_the_first_broken_entry(
    run: Run, store: Store, org: Organisation
) -> None:
    assert run("audit", "verify").stdout == "The log is empty.\n"
    for _ in range(3):
        run("enroll-key", "create")
    end = run("audit", "verify").stdout.strip()
    assert end.startswith("3:")
    run("enroll-key", "create")
    assert run("audit", "verify", "--noted", end).exit_code == 0
    other = run("audit", "verify", "--noted", f"3:{'0' * 64}")
    assert (other.exit_code, other.stderr) == (1, "Entry 3 is not the one that was noted.\n")
    assert run("audit", "verify", "--noted", "three").exit_code == 2
    with store.transaction() as session:
        session.execute(
            sa.update(AuditRow).where(AuditRow.org_id == org.org_id, AuditRow.number == 2).values(who="x")
        )
    broken = run("audit", "verify")
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert broken.stderr == "Entry 2 was changed, or stands where another was.\n"


def test_an_auditor_can_recompute_the_export_without_the_product(
    run: Run, store: Store, org: Organisation
) -> None:
    """As docs/operate/audit.md describes it."""
    run("enroll-key", "create")
    run("db", "retention", "--keep", "rows=60")
    head, *lines = map(json.loads, run("audit", "export").stdout.splitlines())
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert lines[-1]["action"] == "audit exported"
    before = head["digest"]
    for line in lines:
        names = ("number", "day", "who", "action", "about", "reason")
        entry = [before, head["organisation"], *(line[name] for name in names)]
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(text.encode()).hexdigest()
        assert before == line["digest"]
    assert run("audit", "verify").stdout.strip() == f"3:{before}"
    assert [
        json.loads(line)["number"] for line in run("audit", "export", "--after", "3").stdout.splitlines()[1:]
    ] == [4]
