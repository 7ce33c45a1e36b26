"""The commands that release a week, show its scores and take one apart."""

from datetime import date, timedelta
from pathlib import Path

import company
import pytest
import structlog
from click.testing import CliRunner, Result

from server.cli import main
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of

WEEKS = ("2026-W09", "2026-W10")
GAUGES = {
    "boot_s": 40.0,
    "signin_s": 20.0,
    "cpu_busy_share": 0.05,
    "mem_pressure_share": 0.05,
    "disk_busy_share": 0.05,
    "net_latency_ms": 50.0,
    "net_loss_pct": 0.5,
    "disk_free_pct": 30.0,
    "patch_age_days": 2,
}
EXAMPLE = '{{"cases": [{{"name": "a", "function": "{}", "input": {}, "expected": {}}}]}}'


@pytest.fixture
def data(tmp_path: Path, sqlite_store: Store) -> Path:
    """A team of eight that used its laptops in two weeks."""
    hire = date(2020, 1, 6)
    people = [{"person": f"p{i}", "hire": str(hire)} for i in range(8)]
    places = [{"person": p["person"], "from": str(hire), "unit": "U", "team": "Web"} for p in people]
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", monday_of(WEEKS[0]))
        company.bring_in_people(session, org, people, places)
        for name in (p["person"] for p in people):
            company.enrol(session, org.org_id, name, name, hire, hire)
    days = [
        {"device": f"p{i}", "date": str(monday_of(week) + timedelta(days=1)), "usage_hours": 6.0, **GAUGES}
        for week in WEEKS
        for i in range(8)
    ]
    company.send_days(sqlite_store, org.org_id, days)
    return tmp_path


def run(data: Path, *words: str) -> Result:
    try:
        return CliRunner().invoke(main, [*words, "--data", str(data)], catch_exceptions=False)
    finally:
        structlog.reset_defaults()  # a release by hand sends its lines to the standard error of then


def test_a_week_is_released_once_with_the_missed_one_before_it(data: Path) -> None:
    first = run(data, "score", "--release", WEEKS[1])
    assert first.exit_code == 0
    assert [line.split()[0] for line in first.stdout.splitlines()] == list(WEEKS)
    assert first.stderr == ""  # it was quick, and nobody sits at a terminal
    again = run(data, "score", "--release", WEEKS[1])
    assert again.exit_code == 2
    assert "Week 2026-W10 was released already" in again.stderr


def test_a_week_that_is_not_over_is_not_released(data: Path) -> None:
    refused = run(data, "score", "--release", "2199-W10")
    assert refused.exit_code == 2
    assert "Data of 2199-W10 are accepted until 2199-03-13 03:00 UTC" in refused.stderr


def test_scores_are_shown_with_interval_and_size_class(data: Path) -> None:
    run(data, "score", "--release", WEEKS[1])
    shown = run(data, "score")
    assert shown.exit_code == 0
    lines = {line.split("\t")[0]: line.split("\t")[1:] for line in shown.stdout.splitlines()}
    assert lines["team:Web"][-1] == "5-9 people"
    assert lines["stage:onboarding"] == ["hidden"]
    assert run(data, "score", "--week", WEEKS[0]).stdout != shown.stdout


def test_a_score_is_explained_by_whole_or_short_name(data: Path) -> None:
    run(data, "score", "--release", WEEKS[1])
    whole = run(data, "explain", "team:Web", WEEKS[1])
    assert whole.exit_code == 0
    assert whole.stdout.startswith("team:Web, 2026-W09 to 2026-W10, model dex-1")
    assert run(data, "explain", "Web", WEEKS[1]).stdout == whole.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("explain", "Nobody", WEEKS[1]), "There is no group “Nobody” in 2026-W10"),
        (("explain", "Web", "2026-W53x"), "is not an ISO week such as 2026-W10."),
        (("explain", "Web", "2026-W08"), "Week 2026-W08 has not been released."),
        (("score", "--week", "2026-W40"), "Week 2026-W40 has not been released."),
        (("score", "--check", "none.json"), "none.json cannot be read: No such file or directory."),
        (("score", "--quiet"), "--quiet belongs to --release."),
        (("score", "--check", "x", "--week", "y"), "Give one of --release, --check and --week."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(data: Path, words: tuple[str, ...], sentence: str) -> None:
    run(data, "score", "--release", WEEKS[1])
    result = run(data, *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("function", "given", "expected", "code", "state"),
    [
        ("size_class", "[7]", '["5-9"]', 0, "ok"),
        ("size_class", "[7]", '["10-19"]', 1, "failed"),
        ("no_such_function", "[]", "[]", 3, "not_built"),
    ],
)
def test_worked_examples_are_checked_line_by_line(
    tmp_path: Path, function: str, given: str, expected: str, code: int, state: str
) -> None:
    file = tmp_path / "cases.json"
    file.write_text(EXAMPLE.format(function, given, expected))
    result = CliRunner().invoke(main, ["score", "--check", str(file)], catch_exceptions=False)
    assert result.exit_code == code
    assert result.stdout.startswith(f"{state} ")
    assert len(result.stdout.splitlines()) == 1


def test_the_asset_list_gives_laptops_to_people(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "laptops.csv"
    file.write_text("serial;employee_id\nSN1;p0\nSN2;nobody\n")
    refused = run(data, "devices", "import", str(file))
    assert refused.exit_code == 1
    assert "line 3: employee_id: there is nobody with “nobody” in the directory." in refused.stderr
    assert "Nothing was imported: 1 fault." in refused.stderr
    assert run(data, "devices", "import", str(file), "--partial").exit_code == 1
    file.write_text("serial;employee_id\nSN1;p0\n")
    again = run(data, "devices", "import", str(file))
    assert again.exit_code == 0
    assert "1 laptop imported into “main”: 0 new or with another owner, 0 enrolled." in again.stderr
    file.write_text("serial;who\n")
    assert "The first line must name exactly the columns" in run(data, "devices", "import", str(file)).stderr


def test_the_check_of_the_store_names_a_release_that_was_changed(data: Path, sqlite_store: Store) -> None:
    run(data, "score", "--release", WEEKS[1])
    assert run(data, "db", "check").exit_code == 0
    with sqlite_store.engine.begin() as connection:
        altered = "update release_sum set x = x + 1 where org_id is not null and week = ?"
        connection.exec_driver_sql(altered, (WEEKS[0],))
    changed = run(data, "db", "check")
    assert changed.exit_code == 1
    assert changed.stderr == f"A release was changed after it was made: main {WEEKS[0]}\n"
