"""Scores made anew from the stored releases: the same bytes everywhere, and no number changed unseen."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from synthetic_company import Company

from server.cli import main
from server.config import DATABASE_URL
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of
from server.privacy import window_queries
from server.privacy.recent import Recent
from server.privacy.records import SentimentPeriod
from server.privacy.release_store import save_release
from server.privacy.sentiment_store import save_sentiment
from server.scoring.variance import Pool

RELEASES = Company({"Ärzte": "U", "web": "U", "Web": "V", "z-4": "V"}, 12, slow=["web"]).releases(6)
WEEKS = [release.week for release in RELEASES]
NEWEST, EARLIER = WEEKS[-1], WEEKS[1]
ANSWERS = {1: 1, 2: 3, 3: 7, 4: 20, 5: 11}


def fill(store: Store) -> None:
    """Six released weeks and two pulse periods."""
    today = monday_of(NEWEST)
    periods = [
        SentimentPeriod("2026-P01", groups={"company:company": ANSWERS, "team:web": {2: 4, 5: 6}}),
        SentimentPeriod("2026-P02", groups={"company:company": ANSWERS}, pool=Pool(31.5, 40)),
    ]
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", today)
        for release in RELEASES:
            save_release(session, org.org_id, release, today)
        for period in periods:
            save_sentiment(session, org.org_id, period, today)


def run(store: Store, data: Path, *words: str) -> Result:
    url = store.engine.url.render_as_string(hide_password=False)
    return CliRunner(env={DATABASE_URL: url}).invoke(
        main, [*words, "--data", str(data)], catch_exceptions=False
    )


def test_two_databases_and_two_runs_give_the_same_bytes(
    sqlite_store: Store, pg_store: Store, tmp_path: Path
) -> None:
    outputs = set()
    for store in (sqlite_store, pg_store):
        fill(store)
        for _ in range(2):
            done = run(store, tmp_path, "recompute", "--all", "--full")
            assert done.exit_code == 0, done.stderr
            outputs.add(done.stdout_bytes)
    [output] = outputs
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["week"] for line in lines] == WEEKS
    assert lines[-1]["blocks"]["team:web"]["sentiment"]["source"] == "own"


def test_the_score_of_a_week_is_the_one_that_is_explained(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    full = json.loads(run(sqlite_store, tmp_path, "recompute", NEWEST, "--full").stdout)
    score = full["blocks"]["team:web"]["dex"]["value"]
    explained = run(sqlite_store, tmp_path, "explain", "team:web", NEWEST).stdout
    assert f"{score:.6f}" in explained
    told = run(sqlite_store, tmp_path, "recompute")
    assert told.stdout.startswith(f"{NEWEST}\tdex-1\trelease ")
    assert told.stderr == "1 week recomputed; pages show the same, and no released number was changed.\n"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("update release_sum set x = x * 1.0000001 where week = '{}' and x is not null", EARLIER),
        ("update release_sum set x = null where week = '{}'", EARLIER),
        ("update release_plan set n = n + 1 where week = '{}' and group_name = 'team:web'", EARLIER),
        ("delete from release_pool where week = '{}' and signal = 'boot'", EARLIER),
        ("update release set model = 'dex-0' where week = '{}'", EARLIER),
        ("delete from release where week = '{}'", WEEKS[2]),  # the one after it is chained to nothing
        ("update sentiment_sum set n = n + 1 where answer = 5 and period = '2026-P01'", "2026-P01"),
    ],
)
def test_a_number_that_was_changed_is_found_and_nothing_computed(
    store: Store, tmp_path: Path, change: str, named: str
) -> None:
    fill(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(change.format(EARLIER) + " and org_id is not null")
    done = run(store, tmp_path, "recompute")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr == f"Numbers were changed after their release: {named}. Nothing was recomputed.\n"


def test_pages_that_show_something_else_are_found(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a fault in what pages keep of releases that they have read."""
    fill(sqlite_store)
    monkeypatch.setattr(window_queries, "_WINDOWS", Recent(8))
    monkeypatch.setattr(window_queries, "load_sentiment", lambda session, org_id: [])
    done = run(sqlite_store, tmp_path, "recompute", "--all")
    assert done.exit_code == 1
    assert f"{NEWEST}." in done.stderr
    assert done.stderr.startswith("Pages show other scores in ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("2026-W53x",), "'2026-W53x' is not an ISO week such as 2026-W10."),
        (("2026-W40",), "Week 2026-W40 has not been released."),
        ((NEWEST, "--all"), "Give a week or --all, not both."),
    ],
)
def test_what_cannot_be_recomputed_is_one_sentence(
    sqlite_store: Store, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    fill(sqlite_store)
    done = run(sqlite_store, tmp_path, "recompute", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"dex-server: {sentence}\n"


def test_a_store_without_releases_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.transaction() as session:
        create_organisation(session, MAIN, "Main", monday_of(NEWEST))
    done = run(sqlite_store, tmp_path, "recompute", "--all")
    assert (done.exit_code, done.stderr) == (2, "dex-server: No week was released yet.\n")
