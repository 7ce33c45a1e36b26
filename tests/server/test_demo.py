"""The demo company comes through the doors of a real one; what was planted in it is found from releases."""

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import factories
import psutil
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from waiting import wait_until

from server.cli import main
from server.commands.simulate import SIMULATED
from server.db import Store
from server.demo.company import HILLSIDE, TEAMS, Company, Outline, make_company
from server.demo.effects import BAD_VERSION, GOOD_VERSION, MENDED_VERSION, Effects
from server.demo.habits import day_batch, works
from server.demo.load import is_loaded, load
from server.demo.remove import remove_organisation
from server.ingest.payload import parse_batch
from server.people.organisations import DEMO, MAIN, create_organisation, org_id_of
from server.privacy.models import ReleaseRow, SentimentReleaseRow
from server.privacy.window_queries import window
from server.privacy.windows import OK, Window
from server.schema import metadata

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)  # the newest closed week, 44, ends a pulse period
SMALL = {"weeks": 6, "seats": 90, "seed": 20, "turnover": 3.0}
"""Less than a third of the seats; joiners come so fast that there are enough of them for a number."""
TINY = {"weeks": 1, "seats": 24}
START_SECONDS, END_SECONDS = 120, 20


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    directory = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, directory / "dex.sqlite3")
    return directory


@pytest.fixture(scope="module")
def loaded(data: Path) -> Store:
    store = Store(f"sqlite:///{data / 'dex.sqlite3'}")
    load(store, NOW, **SMALL)
    return store


@pytest.fixture
def scores(loaded: Store) -> Window:
    with loaded.reading() as session:
        return window(session, org_id_of(DEMO))


def digests(store: Store) -> dict[str, str]:
    org_id = org_id_of(DEMO)
    with store.reading() as session:
        weeks = session.execute(
            sa.select(ReleaseRow.week, ReleaseRow.digest).where(ReleaseRow.org_id == org_id)
        )
        periods = session.execute(
            sa.select(SentimentReleaseRow.period, SentimentReleaseRow.digest).where(
                SentimentReleaseRow.org_id == org_id
            )
        )
        return dict([*weeks, *periods])


def rows_of(store: Store, slug: str) -> dict[str, list[tuple]]:
    """All rows of an organisation, by table."""
    found = {}
    for table in metadata.sorted_tables:
        if "org_id" in table.c:
            with store.engine.connect() as connection:
                rows = connection.execute(sa.select(table).where(table.c.org_id == org_id_of(slug))).all()
            found[table.name] = sorted(map(tuple, rows), key=repr)
    return {name: rows for name, rows in found.items() if rows}


def test_every_week_is_released_and_the_groups_are_scored(scores: Window, loaded: Store) -> None:
    assert sorted(digests(loaded)) == ["2026-P11", *(f"2026-W{week}" for week in range(39, 45))]
    assert scores.week == "2026-W44"
    ok = {group for group, block in scores.blocks.items() if block.status == OK}
    assert ok >= {"company:company", "stage:onboarding", "stage:steady"} | {f"unit:{t.unit}" for t in TEAMS}
    company = scores.blocks["company:company"]
    assert 65 < company.technology.value < 85
    assert scores.periods == ("2026-P11",)
    assert 40 < company.sentiment.value < 80


def test_the_slow_site_is_found_by_its_unit_s_lost_points(scores: Window) -> None:
    [slow] = {team.unit for team in TEAMS if team.site == HILLSIDE}
    units = {
        block.name: block.points_lost
        for block in scores.blocks.values()
        if block.kind == "unit" and block.dex
    }
    others = [lost for unit, lost in units.items() if unit != slow]
    assert len(others) == 3
    for signal, times in (("latency", 3.0), ("loss", 2.0), ("signin", 1.3)):
        assert units[slow][signal] > times * max(lost[signal] for lost in others), signal
    values = {unit: scores.blocks[f"unit:{unit}"].dex.value for unit in units}
    assert values.pop(slow) < min(values.values()) - 3


def test_joiners_without_readiness_are_found_by_their_stage(scores: Window) -> None:
    joining, steady = (scores.blocks[f"stage:{stage}"] for stage in ("onboarding", "steady"))
    for signal in ("boot", "signin", "crash", "patch"):
        assert joining.points_lost[signal] > 1.3 * steady.points_lost[signal], signal
    assert joining.dex.value < steady.dex.value - 5


def test_a_load_that_was_killed_is_begun_anew_and_gives_the_same_releases(
    loaded: Store, sqlite_store: Store, sqlite_url: str
) -> None:
    """Tokens are drawn at random; the releases are the same to the last digit."""
    code = f"""
from datetime import datetime
from server.db import Store
from server.demo.load import load
load(Store({sqlite_url!r}), datetime.fromisoformat({NOW.isoformat()!r}), **{SMALL!r})
"""
    process = psutil.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: digests(sqlite_store) or process.poll() is not None, START_SECONDS)
        assert digests(sqlite_store), "it ended before its first release"
        helpers = process.children(recursive=True)
    finally:
        process.kill()
        process.wait()
    _, left = psutil.wait_procs(helpers, END_SECONDS)
    assert helpers
    assert not left
    assert not is_loaded(sqlite_store)
    load(sqlite_store, NOW, **SMALL)
    assert is_loaded(sqlite_store)
    assert digests(sqlite_store) == digests(loaded)


def test_a_second_load_is_refused_in_one_sentence(
    loaded: Store, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEX_DATABASE_URL", raising=False)
    before = digests(loaded)
    done = CliRunner().invoke(main, ["demo", "load", "--data", str(data)])
    assert done.exit_code == 2
    assert done.stderr == (
        "dex-server: The demo company is loaded; to renew it: dex-server demo remove, then load.\n"
    )
    assert digests(loaded) == before


def test_removing_leaves_no_row_of_it_and_all_rows_of_others(store: Store) -> None:
    with store.transaction() as session:
        create_organisation(session, MAIN, "Main", NOW.date())
        factories.enrol_device(session, org_id_of(MAIN), NOW.date())
    before = rows_of(store, MAIN)
    load(store, NOW, **TINY)
    assert {"organisation", "device", "person", "device_day", "event"} <= rows_of(store, DEMO).keys()
    assert remove_organisation(store, org_id_of(DEMO)) > 100
    assert rows_of(store, DEMO) == {}
    assert rows_of(store, MAIN) == before


def test_what_is_not_there_cannot_be_removed(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEX_DATABASE_URL", sqlite_url)
    done = CliRunner().invoke(main, ["demo", "remove", "--data", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (2, "dex-server: The demo company is not loaded.\n")


@pytest.mark.parametrize(
    ("slug", "command"),
    [(DEMO, ("demo", "remove")), (SIMULATED, ("simulate", "--server", "http://127.0.0.1:9"))],
)
def test_real_people_stay_whatever_their_organisation_is_called(
    tmp_path: Path,
    sqlite_url: str,
    sqlite_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    slug: str,
    command: tuple[str, ...],
) -> None:
    with sqlite_store.transaction() as session:
        create_organisation(session, slug, "Real", NOW.date())
        factories.enrol_device(session, org_id_of(slug), NOW.date())
    before = rows_of(sqlite_store, slug)
    monkeypatch.setenv("DEX_DATABASE_URL", sqlite_url)
    done = CliRunner().invoke(main, [*command, "--data", str(tmp_path)])
    assert (done.exit_code, "real people" in done.stderr) == (2, True), done.output
    assert rows_of(sqlite_store, slug) == before


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(Outline(20, date(2026, 5, 4), date(2026, 11, 4)))


def test_two_in_five_leave_within_a_year_and_seats_are_filled_again(company: Company) -> None:
    there = [sum(e.employed(day) for e in company.employees) for day in (company.first, company.last)]
    assert there[0] == 300
    assert 280 <= there[1] <= 300
    gone = [e for e in company.employees if e.last is not None and e.last <= company.last]
    assert 0.25 < 2 * len(gone) / 300 < 0.55
    assert [e.number for e in company.employees] == list(range(1, len(company.employees) + 1))


def test_days_are_such_as_an_agent_may_send(company: Company) -> None:
    """Nothing of them is dropped at the door, and the same day is the same for the same seed."""
    effects = Effects.planted(company)
    day = effects.bad_update_from
    working = [e for e in company.employees if works(e, day)]
    assert 150 < len(working) < 300
    for employee in working:
        batch = day_batch(20, employee, day, effects, factories.uuid4())
        assert not parse_batch(factories.json.dumps(batch).encode()).drops.count
        again = day_batch(20, employee, day, effects, factories.UUID(batch["install_id"]))
        assert batch == again


def test_the_bad_update_comes_and_is_mended(company: Company) -> None:
    effects = Effects.planted(company)
    versions = [
        effects.version_on(date.fromordinal(n))
        for n in range(company.first.toordinal(), company.last.toordinal())
    ]
    assert list(dict.fromkeys(versions)) == [GOOD_VERSION, BAD_VERSION, MENDED_VERSION]
    crashes = {}
    for day in (effects.bad_update_from, date.fromordinal(effects.bad_update_from.toordinal() - 7)):
        batches = [
            day_batch(20, e, day, effects, factories.uuid4()) for e in company.employees if works(e, day)
        ]
        crashes[day] = sum(batch["summary"]["app_crashes"] for batch in batches)
    assert crashes[effects.bad_update_from] > 3 * min(crashes.values())
