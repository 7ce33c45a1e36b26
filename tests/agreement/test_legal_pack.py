"""The legal pack says what the product does, and nothing enters it without purpose, basis and term."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from countersigner import COUNCIL, edition, modulus_of, signature

from agent.signals import FACTS, PULSE_ANSWER, SUMMARY, Field
from dashboards.cli import main
from dashboards.languages import LANGUAGES
from server.agreement.store import put_in_force, register_key
from server.db import Store
from server.legal.inventory import NO_PERSONS, fields_sent, kept, sent, stored, terms_of_tables
from server.legal.purposes import BASES, FIELD_PURPOSES, GROUNDS, Purpose
from server.legal.tables import HELD, About
from server.people.models import Organisation
from server.schema import metadata
from server.terms import PROMISED

ARTICLE = re.compile(r"[Aa]rt\. |§ ?\d|Annex|Guidelines|C-\d|Art\. \d")
TEXTS = Path(__file__).parents[2] / "dashboards/templates/legal"
OPEN = re.compile(r"\{\{|\{%|\bNone\b(?! for the answers)")


@pytest.mark.parametrize(("place", "field"), list(fields_sent()))
def test_each_field_that_leaves_a_laptop_has_purpose_basis_and_term(place: str, field: Field) -> None:
    assert field.purpose in FIELD_PURPOSES, f"{place}.{field.name}: say in purposes.py what it is for"
    assert field.basis in BASES, f"{place}.{field.name}: {field.basis} has no words in purposes.py"
    assert field.keep_days > 0
    assert field.says


def test_each_table_and_so_each_column_has_purpose_basis_and_term() -> None:
    tables = {table.name for table in metadata.sorted_tables}
    assert set(HELD) == tables, "say in server/legal/tables.py what a table is for"
    assert [name for name, term in terms_of_tables(PROMISED).items() if not term] == []
    rows = kept(PROMISED)
    assert len(rows) == len(stored())
    assert all(row.basis and row.kept and row.about for row in rows)


def test_what_names_a_person_or_a_laptop_is_said_to_be_about_one() -> None:
    """By their keys. A sum of a group has neither."""
    wrong = {}
    for table in metadata.sorted_tables:
        names = {column.name for column in table.columns}
        told = HELD[table.name].about
        if names & {"person_id", "device_id", "employee_id"} and told in (About.GROUP, About.NOBODY):
            wrong[table.name] = told.value
    assert wrong == {}


def test_every_purpose_has_a_ground_with_its_article() -> None:
    assert set(GROUNDS) == set(Purpose)
    for ground in GROUNDS.values():
        assert ARTICLE.search(ground.basis)
        assert ground.weighs
    assert set(FIELD_PURPOSES.values()) <= set(Purpose)


def test_an_undeclared_purpose_stops_the_inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FIELD_PURPOSES, FACTS[0].purpose)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        sent(PROMISED)


def test_the_inventory_has_every_field_of_the_vocabulary() -> None:
    names = {(row.place, row.name) for row in sent(PROMISED)}
    assert {("summary", field.name) for field in SUMMARY} <= names
    assert {("answer", field.name) for field in PULSE_ANSWER} <= names
    assert ("summary.apps", "hours") in names
    assert ("event crash", "signal") in names


def test_rows_of_the_law_name_an_article_and_what_is_done() -> None:
    text = (TEXTS / "legal-basis.md").read_text("utf-8").partition("## Country by country")[2]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    laws = [row for row in rows if row[0] not in ("article",)]
    assert len(laws) > 25
    for article, asks, here in laws:
        assert ARTICLE.search(article), article
        assert asks.endswith(".")
        assert here.endswith(".")
    for code in ("DE", "FR", "IT", "NL", "AT", "ES"):
        assert f"({code})" in text


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database is enough: nothing is asked that the other would answer differently."""
    return sqlite_store


@pytest.fixture
def pack(store: Store, org: Organisation, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The files that the command writes."""
    url = store.engine.url.render_as_string(hide_password=False)

    def write(*arguments: str) -> dict[str, str]:
        out = tmp_path / "pack"
        call = ["legal-pack", "--out", str(out), "--data", str(tmp_path), *arguments]
        done: Result = CliRunner(env={"DEX_DATABASE_URL": url}).invoke(main, call)
        assert done.exit_code == 0, done.output
        assert "counsel has to check" in done.output
        return {path.name: path.read_text("utf-8") for path in out.iterdir()}

    return write


def test_it_writes_everything_whole_and_as_a_draft(pack: Callable[..., dict[str, str]]) -> None:
    files = pack()
    notices = {f"notice.{code}.md" for code in LANGUAGES}
    assert set(files) == notices | {
        *("README.md", "data-inventory.csv", "data-inventory.md", "dpia.md", "legal-basis.md"),
        *("record-of-processing.md", "works-agreement.md", "works-agreement.de.md"),
    }
    for name, text in files.items():
        assert not OPEN.search(text), name
        if name.endswith(".md") and name not in notices:
            assert "**Draft.**" in text or "**Entwurf.**" in text, name
    assert "a built-in agreement" not in files["dpia.md"]
    assert "which nobody has signed" in files["dpia.md"]


def test_it_follows_the_agreement_in_force(
    pack: Callable[..., dict[str, str]], store: Store, org: Organisation, clock: Any
) -> None:
    before = pack()
    assert "Less than 5 percent of the system disk is free." in before["works-agreement.md"]
    document = edition(1, faults={"full-disk": {"below_pct": 3}}, applications=["firefox"])
    with store.transaction() as session:
        register_key(session, org.org_id, modulus_of(COUNCIL), clock().date())
        put_in_force(session, org.org_id, document, signature(document), clock().date())
    after = pack()
    assert "Less than 3 percent of the system disk is free." in after["works-agreement.md"]
    assert "Weniger als 3 Prozent des Systemlaufwerks sind frei." in after["works-agreement.de.md"]
    assert "1 applications are listed" in after["works-agreement.md"]
    assert "The battery keeps" not in after["works-agreement.md"]
    assert "edition 1 of the agreement" in after["README.md"]


def test_the_inventory_speaks_the_language_asked_for(pack: Callable[..., dict[str, str]]) -> None:
    rows = list(csv.DictReader(io.StringIO(pack("--lang", "de")["data-inventory.csv"])))
    said = {row["name"]: row["what"] for row in rows if row["place"] == "summary"}
    assert said["usage_s"] == "Wie lange der Laptop aktiv genutzt wurde"
    assert all(row["purpose"] and row["basis"] and row["kept"] for row in rows)
    of_persons = [row for row in rows if row["place"] == "person_week"]
    assert {row["basis"] for row in of_persons} != {NO_PERSONS}


def test_a_name_somebody_typed_is_text_and_nothing_else(
    pack: Callable[..., dict[str, str]], store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        session.get_one(Organisation, org.org_id).name = "A | B <script> `x` [link](y)\n# more"
    for name, text in pack().items():
        if name.endswith(".md"):
            assert "<script>" not in text, name
            assert "\n# more" not in text, name
            assert "[link](" not in text, name
