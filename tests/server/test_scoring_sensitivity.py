"""What moves when the weights, which are a convention, move."""

import pytest
from synthetic_company import Company

from server.privacy.windows import score_window
from server.scoring.sensitivity import rank_ranges, reweighted

TEAMS = {"Fast": "U", "Slow": "U", "Other": "V", "Same": "V"}


@pytest.fixture(scope="module")
def teams():
    window = score_window(Company(TEAMS, 15, slow=["Slow"]).releases())
    return {name: window.blocks[f"team:{name}"].technology for name in TEAMS}


def test_unchanged_weights_give_the_score_itself(teams):
    assert reweighted(teams["Fast"], {}) == pytest.approx(teams["Fast"].value)


def test_a_heavier_boot_costs_the_team_with_slow_boots(teams):
    assert reweighted(teams["Slow"], {"boot": 1.25}) < teams["Slow"].value


def test_ranks_vary_around_the_rank_of_the_model(teams):
    ranges = rank_ranges(teams)
    ordered = sorted(teams, key=lambda name: -teams[name].value)
    for rank, name in enumerate(ordered, 1):
        best, worst = ranges[name]
        assert best <= rank <= worst
    assert ranges["Slow"] == (4, 4)
