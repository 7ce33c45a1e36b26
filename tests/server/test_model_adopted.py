"""A score model that was adopted: from which week, what it changes, and that nothing of before changes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import company
import pytest
from click.testing import CliRunner, Result
from synthetic_company import Company

from server.cli import main
from server.config import DATABASE_URL
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of, week_before
from server.privacy.model_versions import NotAdopted, adopt, model_of_week, models_of
from server.privacy.release_store import load_releases, save_release
from server.privacy.weekly import release_week
from server.privacy.window_queries import changes, trend, window
from server.scoring.model_file import document_of, read_model
from server.scoring.parameters import IN_FORCE
from server.upkeep.check_store import complaints

TEAMS = {"Fast": "U", "Slow": "U", "Other": "V", "Same": "V"}
HEAVY = 'name = "dex-2"\n[weights]\nboot = 0.15\ncrash = 0.06\n'
SLOWER = 'name = "dex-2"\n[curves]\nboot = [[20, 100], [90, 70], [200, 30], [400, 0]]\n'
OLD = Company(TEAMS, 12, slow=["Slow"]).releases(5, "2026-W09")
WEEKS = [f"2026-W{number:02d}" for number in range(5, 13)]
LAST, FIRST = "2026-W09", "2026-W10"
TODAY = monday_of("2026-W11")
WHY = "starts matter more than we thought"


def organisation(store: Store):
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", TODAY)
        for release in OLD:
            save_release(session, org.org_id, release, TODAY)
        return org.org_id


def adopted(store: Store, org_id, text: str, from_week: str = FIRST) -> str:
    with store.transaction() as session:
        base = model_of_week(session, org_id, from_week)
        return adopt(session, org_id, read_model(text.encode(), base), from_week, WHY, TODAY).digest


def release_on(store: Store, org_id, weeks: int) -> None:
    """So many weeks more, their days read under the model of each."""
    for ahead in range(1, weeks + 1):
        week = week_before(LAST, -ahead)
        with store.transaction() as session:
            model = model_of_week(session, org_id, week)
            [release] = Company(TEAMS, 12, slow=["Slow"], model=model).releases(1, week)
            save_release(session, org_id, release, TODAY)


@pytest.fixture
def before_and_after(sqlite_store: Store):
    """Five weeks under the old model, three under one that reads starts otherwise."""
    org_id = organisation(sqlite_store)
    adopted(sqlite_store, org_id, SLOWER)
    release_on(sqlite_store, org_id, 3)
    return sqlite_store, org_id


def test_the_document_of_a_model_is_read_back_whole() -> None:
    model = read_model(SLOWER.encode())
    again = read_model(json.dumps(document_of(model)).encode(), IN_FORCE)
    assert again == model
    over_another = read_model(
        json.dumps(document_of(model)).encode(), read_model(HEAVY.replace("2", "9").encode())
    )
    assert over_another == model


def test_of_decisions_whose_week_has_come_the_last_one_holds(store: Store) -> None:
    org_id = organisation(store)
    adopted(store, org_id, HEAVY, "2026-W12")
    adopted(store, org_id, 'name = "dex-3"\n[bands]\ngood = 80\n', "2026-W11")
    with store.reading() as session:
        held = [model_of_week(session, org_id, week).name for week in ("2026-W10", "2026-W11", "2026-W12")]
        assert held == ["dex-1", "dex-3", "dex-3"]
        third = models_of(session, org_id)["dex-3"]
    assert (third.good, third.signals["boot"].weight) == (80, 0.08)  # dex-2 does not hold in that week


@pytest.mark.parametrize(
    ("text", "week", "reason", "sentence"),
    [
        (HEAVY, LAST, WHY, "Week 2026-W09 is released already"),
        (HEAVY.replace("dex-2", "taken"), FIRST, WHY, "There was a model “taken” before"),
        (HEAVY, FIRST, " \n", "A decision needs a reason"),
        (HEAVY, FIRST, "x" * 501, "A decision needs a reason"),
    ],
)
def test_what_may_not_be_decided(
    sqlite_store: Store, text: str, week: str, reason: str, sentence: str
) -> None:
    org_id = organisation(sqlite_store)
    adopted(sqlite_store, org_id, HEAVY.replace("dex-2", "taken"))
    with sqlite_store.transaction() as session, pytest.raises(NotAdopted, match=sentence):
        adopt(session, org_id, read_model(text.encode()), week, reason, TODAY)


def test_the_week_s_days_are_read_by_the_curves_of_its_model(store: Store) -> None:
    monday = monday_of("2026-W10")
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", monday)
        hire, names = monday - timedelta(days=900), [f"p{i}" for i in range(8)]
        places = [{"person": name, "from": str(hire), "unit": "U", "team": "T"} for name in names]
        company.bring_in_people(session, org, [{"person": n, "hire": str(hire)} for n in names], places)
        for name in names:
            company.enrol(session, org.org_id, name, name, hire, hire)
        org_id = org.org_id
    for week in ("2026-W10", "2026-W11"):
        first = monday_of(week)
        days = [
            {"device": name, "date": str(first + timedelta(days=i)), "usage_hours": 6.0, "boot_s": 60.0}
            for name in names
            for i in range(3)
        ]
        company.send_days(store, org_id, days)
    with store.transaction() as session:
        text = 'name = "dex-2"\n[curves]\nboot = [[20, 100], [60, 50], [300, 0]]\n'
        adopt(session, org_id, read_model(text.encode()), "2026-W11", WHY, monday)
    read = {}
    for week in ("2026-W10", "2026-W11"):
        released = release_week(
            store, org_id, week, datetime.combine(monday + timedelta(30), datetime.min.time(), UTC)
        )
        boot = released.release.gauges["boot"]["company:company"]
        read[released.release.model] = boot.x / boot.n
    assert read == {"dex-1": 70, "dex-2": 50}


def test_a_signal_with_another_curve_begins_anew_and_all_else_goes_on(before_and_after) -> None:
    store, org_id = before_and_after
    with store.reading() as session:
        first, second, third = (window(session, org_id, week) for week in WEEKS[5:])
        released = load_releases(session, org_id, WEEKS[5:7])
    slow = "team:Slow"
    assert first.model.name == "dex-2"
    assert "boot" not in first.blocks[slow].technology.signals
    assert "signin" in first.blocks[slow].technology.signals
    assert len(first.weeks) == 4
    of_new_weeks = [release.gauges["boot"][slow] for release in released]
    assert second.blocks[slow].technology.signals["boot"].raw == pytest.approx(
        sum(found.x for found in of_new_weeks) / sum(found.n for found in of_new_weeks)
    )
    assert third.blocks[slow].status == "ok"


def test_other_weights_hold_for_the_whole_window_at_once(sqlite_store: Store) -> None:
    org_id = organisation(sqlite_store)
    adopted(sqlite_store, org_id, HEAVY)
    release_on(sqlite_store, org_id, 1)
    with sqlite_store.reading() as session:
        boot = window(session, org_id, FIRST).blocks["team:Slow"].technology.signals["boot"]
    assert boot.share == pytest.approx(0.15)


def test_nothing_is_compared_across_the_break(before_and_after) -> None:
    store, org_id = before_and_after
    with store.reading() as session:
        since = changes(session, org_id, WEEKS[6])  # boot is in both baskets
        told = trend(session, org_id, "team:Slow", WEEKS[7])
    assert since
    assert {found.change.comparable for found in since.values()} == {False}
    assert [found.point.model.name for found in told] == ["dex-1"] * 5 + ["dex-2"] * 3


def run(store: Store, data: Path, *words: str) -> Result:
    url = store.engine.url.render_as_string(hide_password=False)
    return CliRunner(env={DATABASE_URL: url}).invoke(
        main, [*words, "--data", str(data)], catch_exceptions=False
    )


def test_weeks_of_before_stay_to_the_byte(store: Store, tmp_path: Path) -> None:
    org_id = organisation(store)
    before = run(store, tmp_path, "recompute", "--all", "--full").stdout_bytes
    adopted(store, org_id, SLOWER)
    release_on(store, org_id, 2)
    done = run(store, tmp_path, "recompute", "--all", "--full")
    assert done.exit_code == 0, done.stderr
    assert done.stdout_bytes.startswith(before)
    models = [line.split("\t")[1] for line in run(store, tmp_path, "recompute", "--all").stdout.splitlines()]
    assert models == ["dex-1"] * 5 + ["dex-2"] * 2


@pytest.mark.parametrize(
    "change", ["document = replace(document, '0.08', '0.09')", "from_week = '2026-W11'", "reason = 'no'"]
)
def test_a_decision_that_was_changed_is_found(sqlite_store: Store, change: str) -> None:
    org_id = organisation(sqlite_store)
    adopted(sqlite_store, org_id, SLOWER)
    assert complaints(sqlite_store, TODAY) == []
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql(f"update model_version set {change} where org_id is not null")
    assert complaints(sqlite_store, TODAY) == ["A decision about the score model was changed: main dex-2"]


def test_a_decision_is_made_on_the_host_and_says_what_it_does(sqlite_store: Store, tmp_path: Path) -> None:
    org_id = organisation(sqlite_store)
    file = tmp_path / "dex-2.toml"
    file.write_text(SLOWER, "utf-8")
    words = ("score", "--model", str(file), "--adopt", "--from", FIRST)
    refused = run(sqlite_store, tmp_path, *words)
    assert (refused.exit_code, refused.stderr) == (
        2,
        "dex-server: --adopt needs --model, --from and --reason, and nothing else.\n",
    )
    done = run(sqlite_store, tmp_path, *words, "--reason", WHY)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "dex-2 holds from 2026-W10 (2026-03-02) on, instead of dex-1."
    assert "of boot, which therefore begins anew: it is in scores again from 2026-W11 on" in lines[2]
    with sqlite_store.reading() as session:
        assert model_of_week(session, org_id, FIRST).name == "dex-2"
        assert session.get_one(Organisation, org_id).slug == MAIN
    again = run(sqlite_store, tmp_path, *words, "--reason", WHY)
    assert again.exit_code == 2
    assert "“dex-2” is the model in force; another one needs another name" in again.stderr
