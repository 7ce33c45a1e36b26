"""What may be published of a week: large enough, right in size, the same for every order, and safe."""

import random

import hypothesis.strategies as st
import pytest
from attack.combinations import disclosed, is_in
from hypothesis import given, settings
from literal_plan import literal_plan

from server.privacy import release_plan
from server.privacy.plan import Crowd, Place, crowd_of, plan_of, threshold_and_closing
from server.privacy.wall import exact_units

TEAMS = st.sampled_from(
    [("U1", "A"), ("U1", "B"), ("U2", "C"), ("U2", "D"), ("U3", "E"), ("U3", None), (None, None)]
)
ROWS = st.lists(
    st.tuples(TEAMS, st.sampled_from(["steady", "training", "onboarding", None]), st.integers(0, 12)),
    max_size=20,
).map(lambda rows: [[*team, stage, n] for team, stage, n in rows])


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(2, 8))
def test_published_sizes_are_true_at_least_k_and_safe(rows, k):
    crowd = crowd_of(rows)
    sizes = plan_of(crowd, k).sizes()
    for group, n in sizes.items():
        assert n == sum(count for place, count in crowd.items() if is_in(place, group)) >= k
    assert disclosed(crowd, sizes, k) is None


@settings(max_examples=50, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, rng):
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert release_plan(shuffled) == release_plan(rows)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_a_row_may_come_in_parts(rows):
    parts = [[unit, team, stage, 1] for unit, team, stage, n in rows for _ in range(n)]
    assert release_plan(parts) == release_plan(rows)


def test_stages_may_be_called_anything():
    plan = release_plan([["U", "A", "after | the merger", 9], ["U", "A", "äter", 8]])
    assert plan["cells"] == {"A|after | the merger": 9, "A|äter": 8}


def test_a_team_without_unit_counts_in_the_company_only():
    plan = release_plan([["U", "A", "steady", 12], [None, "B", "steady", 6], [None, None, "steady", 2]])
    assert (plan["company"], plan["units"], plan["teams"]) == (20, {"U": 12}, {"A": 12})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([["U", "A", "steady", -3]], "never below 0"),
        ([["U|V", "A", "steady", 9]], r"has a '\|'"),
        ([["U", "A", "steady", 9], ["V", "A", "steady", 9]], "stands in two units"),
    ],
)
def test_rows_that_cannot_be_told_apart_are_refused(rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        release_plan(rows)


@given(st.dictionaries(st.text(max_size=3), st.integers(5, 200), max_size=8), st.integers(0, 120))
def test_hours_outside_exact_units_are_of_nobody_or_of_many(units, others):
    total = sum(units.values()) + others
    outside = total - sum(units[name] for name in exact_units(total, units))
    assert outside == 0 or outside >= 50 or not exact_units(total, units)


def test_nothing_is_published_below_k():
    assert plan_of({Place("U", "A", "steady"): 4}).sizes() == {}


def test_a_stage_with_few_persons_outside_cells_is_joined_by_the_smallest_cell_across():
    rows = [["U0", "A", "new", 2], ["U0", "A", "old", 2], ["U0", "B", "new", 2]]
    rows += [["U1", "C", "new", 6], ["U1", "C", "old", 9], ["U1", "D", "old", 6]]
    # Outside cells are U0's 4 new and 2 old. `new` is too light: C|new goes. Then C with `new`: C|old goes.
    assert release_plan(rows)["cells"] == {"D|old": 6}


def random_crowd(rng: random.Random) -> Crowd:
    """Small teams in few units, and some people without a team or a stage: the plan has much to drop."""
    units = rng.randint(1, 5)
    unit_of = {f"T{team}": f"U{rng.randrange(units)}" for team in range(rng.randint(1, 12))}
    stages = [f"S{stage}" for stage in range(rng.randint(1, 6))]
    rows = []
    for _ in range(rng.randint(3, 60)):
        team = rng.choice([*unit_of, None])
        unit = unit_of[team] if team else rng.choice([None, "U0"])
        rows.append([unit, team, rng.choice([*stages, None]), rng.choice((1, 1, 2, 3, 5, 8))])
    return crowd_of(rows)


def test_the_plan_is_the_rule_word_for_word_in_500_companies():
    rng, columns_went = random.Random(7), 0
    for _ in range(500):
        crowd, k = random_crowd(rng), rng.choice((3, 5, 5, 8))
        plan = plan_of(crowd, k)
        assert plan == literal_plan(crowd, k)
        columns_went += plan.unit_stages != threshold_and_closing(crowd, k).unit_stages
    assert columns_went > 50
