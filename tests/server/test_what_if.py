"""Another score model over stored releases: what would change, how surely, and that nothing does."""

import itertools
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_company import Company

from server.cli import main
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of
from server.privacy.model_curves import midway, under_curves
from server.privacy.records import SentimentPeriod
from server.privacy.release_store import save_release
from server.privacy.sentiment_store import save_sentiment
from server.privacy.what_if import what_if
from server.privacy.windows import score_window
from server.scoring.curves import Curve
from server.scoring.model_file import read_model
from server.scoring.other_curves import bounds_under
from server.scoring.parameters import BUILT_IN, IN_FORCE
from server.scoring.places import shared_places

TEAMS = {"Fast": "U", "Slow": "U", "Other": "V", "Same": "V"}
RELEASES = Company(TEAMS, 15, slow=["Slow"]).releases()
PERIODS = [SentimentPeriod("2026-P02", groups={"company:company": {3: 20, 5: 30}, "team:Slow": {1: 9, 2: 6}})]
WEEK = RELEASES[-1].week
HEAVY_BOOT = 'name = "dex-2"\n[weights]\nboot = 0.15\ncrash = 0.06\n'
SLOWER_BOOT = 'name = "dex-2"\n[curves]\nboot = [[20, 100], [70, 70], [150, 30], [300, 0]]\n'


def compared(text: str):
    found = what_if(RELEASES, PERIODS, {}, read_model(text.encode()))
    return {moved.group: moved for moved in found.moved}, found


def test_a_heavier_boot_costs_the_slow_team_and_the_points_say_so() -> None:
    moved, _ = compared(HEAVY_BOOT)
    slow = moved["team:Slow"]
    assert slow.change < -2
    assert min(slow.points, key=slow.points.get) == "boot"
    assert moved["team:Fast"].change > slow.change + 2


@pytest.mark.parametrize("text", [HEAVY_BOOT, SLOWER_BOOT, 'name = "dex-2"\ntechnology_share = 0.5\n'])
def test_points_by_signal_add_up_to_the_change(text: str) -> None:
    moved, _ = compared(text)
    assert len(moved) > 8
    for found in moved.values():
        assert sum(found.points.values()) == pytest.approx(found.change, abs=1e-9)


def test_a_model_that_changes_nothing_moves_nobody() -> None:
    weights = "\n".join(f"{name} = {signal.weight}" for name, signal in IN_FORCE.signals.items())
    moved, found = compared(f'name = "dex-2"\n[weights]\n{weights}\n')
    assert {(m.change, m.doubt, m.certainly_moves) for m in moved.values()} == {(0, 0, False)}
    assert (found.lost, found.won) == ([], [])


def test_other_bands_move_the_band_and_no_score() -> None:
    now = score_window(RELEASES, PERIODS).blocks["team:Fast"].dex
    assert now.band == "good"
    moved, _ = compared(f'{{"name": "dex-2", "bands": {{"good": {now.value + 1}}}}}')
    fast = moved["team:Fast"]
    assert (fast.after.band, fast.change) == ("fair", 0)


def test_another_curve_of_a_rate_is_exact() -> None:
    """As events and hours are released; the score of the curve is the curve at the shrunk rate."""
    text = 'name = "dex-2"\n[curves]\ncrash = [[0, 100], [1, 50], [2, 0]]\n'
    model = read_model(text.encode())
    blocks = score_window(
        [under_curves(model, r, BUILT_IN, midway) for r in RELEASES], PERIODS, {}, {model.name: model}
    ).blocks
    crash = blocks["team:Fast"].technology.signals["crash"]
    assert crash.score == pytest.approx(model.signals["crash"].curve(crash.rate))
    moved, _ = compared(text)
    assert moved["team:Fast"].doubt == 0


def test_another_curve_of_a_gauge_tells_bounds_that_hold() -> None:
    """The company is released again as if the other curve had been in force when its days were scored."""
    model = read_model(SLOWER_BOOT.encode())
    released = Company(TEAMS, 15, slow=["Slow"], model=model).releases()
    truth = score_window(released, PERIODS, {}, {model.name: model}).blocks
    moved, _ = compared(SLOWER_BOOT)
    assert truth["team:Slow"].dex.value > moved["team:Slow"].before.value + 0.3, "it does change something"
    for group in ("company:company", *(f"team:{team}" for team in TEAMS)):
        found = moved[group]
        assert 0 < found.doubt < 2
        assert abs(truth[group].dex.value - found.after.value) < found.doubt + 0.05


ANCHORS = st.lists(st.floats(1, 500), min_size=4, max_size=4, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(ANCHORS, ANCHORS, st.lists(st.floats(0, 600), min_size=1, max_size=8))
def test_no_days_have_a_mean_outside_the_bounds(old_at, new_at, values) -> None:
    old = Curve(*zip(old_at, (100, 70, 30, 0), strict=True))
    new = Curve(*zip(new_at, (100, 70, 30, 0), strict=True))
    low, high = bounds_under(sum(map(old, values)) / len(values), old, new)
    assert low - 1e-6 <= sum(map(new, values)) / len(values) <= high + 1e-6


def test_places_are_shared_as_far_as_intervals_overlap() -> None:
    intervals = {"a": (80.0, 90.0), "b": (70.0, 85.0), "c": (40.0, 60.0)}
    assert shared_places(intervals) == {"a": (1, 2), "b": (1, 2), "c": (3, 3)}
    for order in itertools.permutations(intervals):
        assert shared_places({name: intervals[name] for name in order})["c"] == (3, 3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The model needs a name"),
        ('name = "dex-1"', "“dex-1” is the model in force; another one needs another name"),
        ('name = "dex-2"\nweight = 1', "The file names “weight”, which is none of name,"),
        ('name = "dex-2"\n[weights]\nbot = 0.1', "“weights” names “bot”, which is none of boot,"),
        ('name = "dex-2"\n[weights]\nboot = 0.1', "The weights add up to 1.02, not to 1"),
        ('name = "dex-2"\n[weights]\nboot = 0', "“weights.boot” must be a number between 0 and 1"),
        ('name = "dex-2"\n[weights]\nboot = true', "“weights.boot” must be a number between 0 and 1"),
        ('name = "dex-2"\nweights = 3', "“weights” is not a table"),
        (
            'name = "dex-2"\n[bands]\ngood = 40',
            "The band “fair” begins at 50, which is not below “good” at 40",
        ),
        ('name = "dex-2"\n[curves]\nboot = [[1, 100]]', "“curves.boot” must be a list of 2 to 20 pairs"),
        ('name = "dex-2"\n[curves]\nboot = [[9, 100], [5, 0]]', "The values of “curves.boot” must rise"),
        ('name = "dex-2"\n[curves]\nboot = [[5, 0], [9, 100]]', "The scores of “curves.boot” must fall"),
        ('name = "dex-2"\n[curves]\nboot = [[5, 101], [9, 0]]', "“curves.boot” has a score outside 0..100"),
        ('name = "dex-2"\n[curves]\nboot = [[5, 90], [nan, 0]]', "must be a list of pairs [value, score]"),
        ("{", "The file is not JSON: "),
        ("name", "The file is not TOML: "),
    ],
)
def test_a_file_that_is_no_model_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_model(text.encode())


@pytest.fixture
def data(tmp_path: Path, sqlite_store: Store) -> Path:
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", monday_of(WEEK))
        for release in RELEASES:
            save_release(session, org.org_id, release, monday_of(WEEK))
        for period in PERIODS:
            save_sentiment(session, org.org_id, period, monday_of(WEEK))
    return tmp_path


def run(data: Path, text: str, *words: str) -> Result:
    (data / "model.toml").write_text(text, "utf-8")
    model = ["--model", str(data / "model.toml")]
    return CliRunner().invoke(main, [*words, *model, "--data", str(data)], catch_exceptions=False)


def test_who_moves_is_told_in_words_and_nothing_changes(data: Path) -> None:
    before = CliRunner().invoke(main, ["score", "--data", str(data)]).stdout
    told = run(data, HEAVY_BOOT, "score", "--compare")
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0] == f"{WEEK}: dex-2 beside dex-1, which stays in force."
    assert "  weight of boot: 0.15, in force 0.08" in lines
    slow = next(i for i, line in enumerate(lines) if line.startswith("team:Slow\t"))
    assert lines[slow].endswith("\tfair\tplace 4, by weights 4")
    assert any(line.endswith("\tplace 1 to 3 shared, by weights 1 to 2") for line in lines)
    assert lines[slow + 1].startswith("    boot -")
    assert CliRunner().invoke(main, ["score", "--data", str(data)]).stdout == before


def test_weeks_are_recomputed_under_another_model(data: Path) -> None:
    done = run(data, HEAVY_BOOT, "recompute", "--all", "--full")
    assert done.exit_code == 0
    assert done.stderr == "4 weeks computed under dex-2, which is not in force.\n"
    newest = json.loads(done.stdout.splitlines()[-1])
    moved, _ = compared(HEAVY_BOOT)
    assert newest["model"] == "dex-2"
    assert newest["blocks"]["team:Slow"]["dex"]["value"] == moved["team:Slow"].after.value


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        (HEAVY_BOOT, ("score",), "Give --model and --compare together, and of the others only --week."),
        (HEAVY_BOOT, ("score", "--compare", "--week", "2026-W01"), "Week 2026-W01 has not been released."),
        ("name = 1", ("score", "--compare"), "model.toml: The model needs a name"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    data: Path, text: str, words: tuple[str, ...], sentence: str
) -> None:
    done = run(data, text, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr
