"""What the command line shows of a pulse: labels to countersign, results from enough answers, comments."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.config import DATABASE_URL
from server.db import Store
from server.people.models import Organisation
from server.privacy.plan import Place
from server.privacy.pulse_results import item_results
from server.privacy.sentiment_release import LabelledAnswers, PeriodAnswers
from server.pulse.labels import COMMENT, Label
from server.pulse.models import PulseComment, PulseHistogram, PulseLabel, PulsePeriod
from server.pulse.periods import period_named

PERIOD = "2026-P03"
WEB, DATA = Label("row", unit="Product", team="Web"), Label("row", unit="Product", team="Data")
STEADY = Label("col", stage="steady")


@pytest.fixture
def closed(sqlite_store: Store, org: Organisation, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A closed period: 12 answers of Web, 6 of Data, 18 by stage."""
    monkeypatch.setenv(DATABASE_URL, sqlite_store.engine.url.render_as_string(hide_password=False))
    period = period_named(PERIOD)
    key = {"org_id": org.org_id, "period": PERIOD}
    with sqlite_store.transaction() as session:
        session.add(
            PulsePeriod(
                **key,
                first_day=period.first,
                last_day=period.last,
                labels=b"",
                labels_hash="ab" * 32,
                closed=True,
                issued=20,
                answered=18,
            )
        )
        for label in (WEB, DATA, STEADY, COMMENT):
            session.add(
                PulseLabel(
                    **key,
                    label=label.name,
                    kind=label.kind,
                    unit=label.unit,
                    team=label.team,
                    stage=label.stage,
                    members=21,
                    eligible=20,
                )
            )
        for label, value, count in ((WEB, 4, 12), (DATA, 1, 6), (STEADY, 4, 12), (STEADY, 1, 6)):
            session.add(PulseHistogram(**key, label=label.name, item="tech_sat", value=value, count=count))
    return org.org_id


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, sqlite_store: Store) -> Store:
    """Commands read through the same queries on both databases; one is enough here."""
    return sqlite_store


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["pulse", *arguments, "--data", str(folder)])


def test_labels_come_with_head_counts_and_the_hash(closed: UUID, tmp_path: Path) -> None:
    shown = run(tmp_path, "labels")
    assert shown.exit_code == 0
    assert "SHA-256 " + "ab" * 32 in shown.stdout
    assert "row:team:Web" in shown.stdout
    listed = json.loads(run(tmp_path, "labels", PERIOD, "--json").stdout)
    assert {"label": "row:team:Web", "members": 21, "eligible": 20} in listed["labels"]


def test_results_are_soft_and_without_histogram_below_ten_answers(closed: UUID, tmp_path: Path) -> None:
    shown = run(tmp_path, "results")
    assert shown.exit_code == 0
    assert "18 of 20 people with tokens answered" in shown.stdout
    groups = {
        row["group"]: row
        for row in json.loads(run(tmp_path, "results", "--json").stdout)["results"]["tech_sat"]
    }
    assert groups["team:Web"] == {"group": "team:Web", "answers": 12, "mean": 75.0, "histogram": {"4": 12}}
    assert groups["team:Data"] == {"group": "team:Data", "answers": 6, "mean": 10.0}
    assert groups["company:company"]["mean"] == 50.0


def test_comments_stay_closed_below_ten(sqlite_store: Store, closed: UUID, tmp_path: Path) -> None:
    with sqlite_store.transaction() as session:
        for number in range(9):
            session.add(
                PulseComment(org_id=closed, comment_id=uuid4(), period=PERIOD, text=f"Remark {number}")
            )
    few = run(tmp_path, "comments")
    assert few.stdout == ""
    assert "fewer than 10 comments" in few.stderr
    with sqlite_store.transaction() as session:
        session.add(PulseComment(org_id=closed, comment_id=uuid4(), period=PERIOD, text="Remark 9"))
    assert len(run(tmp_path, "comments").stdout.splitlines()) == 10


@pytest.mark.parametrize("command", ["labels", "results", "comments"])
def test_a_period_that_is_not_there(closed: UUID, tmp_path: Path, command: str) -> None:
    missing = run(tmp_path, command, "2026-P04")
    assert missing.exit_code == 2
    assert missing.stderr.count("\n") == 1
    assert "There is no period 2026-P04 of the pulse" in missing.stderr


def answers(*rows: tuple[Place, int, int]) -> PeriodAnswers:
    return PeriodAnswers(PERIOD, tuple(LabelledAnswers(*row) for row in rows), ())


def test_the_quarterly_question_is_a_net_score_from_ten_answers_on() -> None:
    of_unit = Place("Product", None, None)
    (company, unit) = item_results("enps", answers((of_unit, 10, 6), (of_unit, 8, 3), (of_unit, 2, 3)), k=5)
    assert (company.group, unit.group) == ("company:company", "unit:Product")
    assert company.mean is None
    assert company.enps is not None
    assert company.enps.nps == pytest.approx(25.0)
    assert item_results("enps", answers((of_unit, 10, 9)), k=5) == []


def test_facets_are_for_company_and_units_alone() -> None:
    web = Place("Product", "Web", None)
    groups = [result.group for result in item_results("f_reach", answers((web, 3, 12)), k=5)]
    assert groups == ["company:company", "unit:Product"]
