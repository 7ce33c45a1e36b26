"""`dex-server person`: export, erasure and restriction by whoever runs the host, each with a receipt."""

import hashlib
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import Result

from server.access.audit_chain import entries, first_fault
from server.db import Store
from server.people.models import Organisation, PersonRow
from server.people.store import person_id_of
from server.rights.restricted import restricted_people

Run = Callable[..., Result]
NAME = "Ada <script>alert(1)</script>"


class Tags(HTMLParser):
    """Which tags a page has, and that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def ada(store: Store, org: Organisation) -> str:
    with store.transaction() as session:
        person_id = person_id_of(org.org_id, "ada")
        session.add(PersonRow(org_id=org.org_id, person_id=person_id, employee_id="ada", name=NAME))
    return str(person_id)


def test_an_export_is_two_files_and_a_receipt_that_fits_them(
    run: Run, store: Store, org: Organisation, ada: str, tmp_path: Path
) -> None:
    done = run("person", "export", "ada", "--out", str(tmp_path / "out"), "--reason", "asked by letter")
    assert done.exit_code == 0
    receipt = json.loads(done.stdout)
    data, page = sorted((tmp_path / "out").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert (data.suffix, page.suffix) == (".json", ".html")
    assert data.stat().st_mode & 0o077 == 0
    assert receipt["content"] == hashlib.sha256(data.read_bytes()).hexdigest()
    assert receipt["counts"] == {"person": 1}
    tags = Tags()
    tags.feed(page.read_text("utf-8"))
    assert tags.open == []
    assert "script" not in tags.seen, "a name is text"
    with store.reading() as session:
        (entry,) = entries(session, org.org_id)
    assert (entry.number, entry.action, entry.reason) == (
        receipt["number"],
        "own data exported",
        "asked by letter",
    )
    assert json.loads(run("person", "receipt", str(receipt["number"])).stdout) == receipt
    assert run("person", "receipt", "99").exit_code == 2


def test_erasing_needs_to_be_meant_and_leaves_a_whole_log(
    run: Run, store: Store, org: Organisation, ada: str
) -> None:
    assert run("person", "erase", "ada").exit_code == 2
    with store.reading() as session:
        assert session.get(PersonRow, (org.org_id, person_id_of(org.org_id, "ada"))) is not None
    done = run("person", "erase", "ada", "--yes")
    receipt = json.loads(done.stdout)
    assert (receipt["kind"], receipt["counts"]) == ("erasure", {"person": 1})
    assert "stay as they were released" in done.stderr
    with store.reading() as session:
        assert session.get(PersonRow, (org.org_id, person_id_of(org.org_id, "ada"))) is None
        assert first_fault(session, org.org_id) is None
        assert ada not in str([(row.about, row.who) for row in entries(session, org.org_id)])
    assert run("person", "erase", "ada", "--yes").exit_code == 2


def test_a_restriction_begins_and_ends(run: Run, store: Store, org: Organisation, ada: str) -> None:
    assert json.loads(run("person", "restrict", "ada").stdout)["kind"] == "restriction"
    with store.reading() as session:
        assert {str(one) for one in restricted_people(session, org.org_id)} == {ada}
    assert run("person", "restrict", "ada").exit_code == 2
    assert json.loads(run("person", "restrict", "ada", "--end").stdout)["kind"] == "end of restriction"
    with store.reading() as session:
        assert restricted_people(session, org.org_id) == frozenset()
    assert run("person", "restrict", "ada", "--end").exit_code == 2
    assert run("person", "restrict", "bo").exit_code == 2


def test_whether_people_are_asked_is_chosen_and_written_down(
    run: Run, store: Store, org: Organisation
) -> None:
    assert run("support", "consent").stdout == "ask\n"
    assert run("support", "consent", "inform").stdout == "inform\n"
    assert run("support", "consent", "inform").stdout == "inform\n"
    assert run("support", "consent", "never").exit_code == 2
    with store.reading() as session:
        assert [(row.action, row.about) for row in entries(session, org.org_id)] == [
            ("support consent changed", "ask to inform")
        ]
