"""Scores of a week: additive, explainable, silent about what was not released."""

from dataclasses import replace

import pytest
from synthetic_company import Company

from server.privacy.plan import Place
from server.privacy.records import BaseGroup, Release
from server.privacy.sentiment_release import LabelledAnswers, PeriodAnswers, make_sentiment_period
from server.privacy.windows import HIDDEN, INSUFFICIENT, MODELLED, OK, score_window
from server.scoring.dex import simulated
from server.scoring.parameters import SIGNALS

TEAMS = {f"T{i}": f"U{i % 3}" for i in range(9)}
COMPANY = Company(TEAMS, 14, slow=["T4"])
PLACES = [Place(unit, team, None) for team, unit in TEAMS.items()]


def answers(period, value=4):
    rows = tuple(LabelledAnswers(place, value, 6) for place in PLACES)
    columns = (
        LabelledAnswers(Place(None, None, "steady"), value, 40),
        LabelledAnswers(Place(None, None, None), 2, 14),
    )
    return make_sentiment_period(PeriodAnswers(period, rows, columns))


@pytest.fixture(scope="module")
def releases():
    return COMPANY.releases(4)


@pytest.fixture(scope="module")
def window(releases):
    return score_window(releases, [answers("2026-P02"), answers("2026-P03")])


def scored(window):
    return [block for block in window.blocks.values() if block.status == OK]


def test_points_lost_and_the_score_make_a_hundred(window, releases):
    without = score_window(releases)
    for block in scored(window) + scored(without):
        assert sum(block.points_lost.values()) == pytest.approx(100 - block.dex.value, abs=1e-9)


def test_the_explanation_of_a_score_gives_the_score(window):
    block = window.blocks["team:T4"]
    parts, pull = block.technology.signals, block.technology.pull
    assert sum(part.share * part.score for part in parts.values()) == pytest.approx(block.technology.value)
    boot = parts["boot"]
    assert boot.score == pytest.approx(boot.raw - pull.b * (boot.raw - boot.company))
    crash, prior, phi = parts["crash"], window.shared.priors["crash"], window.shared.phi["crash"]
    per_hour = (prior.shape + crash.events / phi) / (prior.hours + crash.hours / phi)
    assert crash.rate == pytest.approx(per_hour * SIGNALS["crash"].per_hours)


def test_the_team_with_slow_laptops_loses_most_at_its_boots(window):
    lost = {group: b.points_lost["boot"] for group, b in window.blocks.items() if b.status == OK}
    worst = max(lost, key=lost.__getitem__)
    assert worst.startswith(("team:T4", "cell:T4"))
    assert max(window.blocks["team:T4"].gains.items(), key=lambda g: g[1].points)[0] == "boot"


def test_the_simulator_gives_back_the_points_that_a_signal_lost(window):
    block = window.blocks["team:T4"]
    better = simulated(block.dex, block.technology, {"boot": 100.0})
    assert better == pytest.approx(block.dex.value + block.points_lost["boot"])


def test_without_sentiment_it_is_technology_only_and_says_so(releases):
    block = score_window(releases).blocks["unit:U0"]
    assert (block.dex.kind, block.sentiment, block.dex.value) == (
        "technology_only",
        None,
        block.technology.value,
    )


def test_a_period_that_is_not_over_takes_no_part(releases):
    assert score_window(releases, [answers("2026-P04")]).periods == ()


def test_only_four_weeks_count(releases, window):
    older = COMPANY.releases(1, "2026-W09")
    longer = score_window([*older, *releases], [answers("2026-P02"), answers("2026-P03")])
    assert longer.blocks == window.blocks


def test_all_units_teams_and_five_stages_are_listed_but_only_published_pairs(window):
    kinds = [group.split(":")[0] for group, block in window.blocks.items() if block.status != MODELLED]
    assert (kinds.count("unit"), kinds.count("team"), kinds.count("stage")) == (3, 9, 5)
    assert all(
        block.status in (OK, INSUFFICIENT, MODELLED)
        for block in window.blocks.values()
        if block.kind in ("cell", "unit_stage")
    )


def test_a_group_that_was_released_once_or_never_has_a_status_and_no_number(releases):
    def without(release, group):
        return replace(release, base={name: base for name, base in release.base.items() if name != group})

    one_week = score_window([*(without(r, "team:T1") for r in releases[:3]), releases[3]]).blocks["team:T1"]
    never = score_window([without(r, "team:T1") for r in releases]).blocks["team:T1"]
    assert (one_week.status, never.status) == (INSUFFICIENT, HIDDEN)
    assert (one_week.n, one_week.dex, one_week.technology, one_week.lost_time) == (None,) * 4


def test_a_group_with_half_its_members_silent_is_not_scored(releases):
    def silent(release):
        base = release.base["team:T1"]
        return replace(release, base={**release.base, "team:T1": BaseGroup(base.n, 2 * base.n + 1)})

    assert score_window([silent(r) for r in releases]).blocks["team:T1"].status == INSUFFICIENT


def test_a_signal_missing_in_the_last_week_leaves_no_last_week(releases):
    gauges = {**releases[3].gauges}
    gauges["patch"] = {group: sums for group, sums in gauges["patch"].items() if group != "unit:U1"}
    blocks = score_window([*releases[:3], replace(releases[3], gauges=gauges)]).blocks
    assert blocks["unit:U1"].last_week is None
    assert blocks["unit:U2"].last_week is not None


def test_lost_time_adds_up_by_cause_and_is_about_where_hours_are_classed(window):
    company, unit = window.blocks["company:company"].lost_time, window.blocks["unit:U0"].lost_time
    assert sum(unit.causes.values()) == pytest.approx(unit.lost)
    assert (company.about, unit.about) == (False, True)
    assert unit.low < unit.lost < unit.high


def test_a_window_over_a_change_of_quarter_follows_renamed_teams():
    old = Company({"Old" if team == "T1" else team: unit for team, unit in TEAMS.items()}, 14)
    before, after = old.releases(3, "2026-W13"), COMPANY.releases(1, "2026-W14")
    names = {f"unit:U{i}": f"U{i}" for i in range(3)} | {f"team:{t}": t for t in TEAMS} | {"team:T1": "Old"}
    blocks = score_window([*before, *after], [], {"2026-W01": names}).blocks
    assert blocks["team:T1"].weeks == 4
    lost_line = score_window([*before, *after], [], {"2026-W01": {}}).blocks
    assert lost_line["team:T1"].status == INSUFFICIENT
    assert lost_line["company:company"].weeks == 4


def test_a_period_keeps_the_names_of_the_quarter_in_which_it_began():
    after = COMPANY.releases(4, "2026-W18")
    names = {f"team:{team}": "T0" for team in TEAMS}
    window = score_window(after, [answers("2026-P04")], {"2026-W01": names})  # weeks 13 to 16
    assert window.blocks["team:T5"].sentiment.source == "own"
    assert score_window(after, [answers("2026-P04")]).blocks["team:T5"].sentiment.source == "borrowed:company"


def test_every_pair_without_a_measured_cell_is_modelled(window):
    ok = {group for group, block in window.blocks.items() if block.status == OK}
    stages = [group[6:] for group in ok if group.startswith("stage:")]
    for group in ok:
        kind, name = group.split(":")
        if kind in ("team", "unit"):
            pairs = [f"{'cell' if kind == 'team' else 'unit_stage'}:{name}|{stage}" for stage in stages]
            assert all(window.blocks[pair].status in (OK, MODELLED) for pair in pairs)


def test_without_any_release_there_is_one_sentence():
    with pytest.raises(ValueError, match="no week has been released"):
        score_window([])


def test_an_empty_week_hides_everything():
    window = score_window([Release("2026-W10", teams={"A": "U"})])
    assert {block.status for block in window.blocks.values()} == {HIDDEN}
