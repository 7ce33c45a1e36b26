"""Versions, models and days that stand out; drivers, advice, calibration and times to resolve."""

from math import inf
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given
from simulated_series import counts

from server.scoring.advice import Prospect, ranked_actions
from server.scoring.calibration import calibration
from server.scoring.change_point import change_point, fitting_updates
from server.scoring.drivers import Row, can_be_shown, drivers
from server.scoring.equipment import Counted, equipment_rates, rate_ratio
from server.scoring.time_to_resolve import in_time, median_hours


def test_versions_that_are_alike_seldom_stand_out():
    rng, families = Random(1), 300
    wrong = 0
    for _ in range(families):
        groups = {f"v{i}": Counted(counts(rng, 2 + 3 * i, 1), 200.0 + 300 * i) for i in range(6)}
        company = Counted(sum(g.y for g in groups.values()), sum(g.e for g in groups.values()))
        wrong += any(found.stands_out for found in equipment_rates(groups, company, 1.0).values())
    assert wrong <= 0.10 * families


def test_the_bad_version_stands_out_and_the_good_ones_do_not():
    groups = {"7.1": Counted(90, 10_000), "7.2": Counted(80, 9_000), "8.0": Counted(60, 2_000)}
    found = equipment_rates(groups, Counted(230, 21_000), 1.4)
    assert [name for name, rate in found.items() if rate.stands_out and rate.against.ratio > 1] == ["8.0"]
    assert found["8.0"].low < 0.03 < found["8.0"].high
    assert found["8.0"].against.low > 2


def test_a_clear_but_small_difference_does_not_stand_out():
    groups = {"a": Counted(11_000, 1_000_000), "b": Counted(10_000, 1_000_000)}
    found = equipment_rates(groups, Counted(21_000, 2_000_000), 1.0)
    assert found["a"].against.p < 1e-6
    assert not found["a"].stands_out


def test_a_group_alone_has_nothing_to_be_compared_with():
    found = equipment_rates({"only": Counted(3, 100)}, Counted(3, 100), 1.0)["only"]
    assert (found.against, found.stands_out) == (None, False)


def test_no_event_at_all_is_no_difference_and_none_in_one_group_has_a_bound():
    assert rate_ratio(Counted(0, 50), Counted(0, 500)).p == 1
    none = rate_ratio(Counted(0, 50), Counted(30, 500))
    assert (none.ratio, none.low) == (0, 0)
    assert 1 < none.high < inf
    assert rate_ratio(Counted(3, 50), Counted(0, 500)).high == inf


@given(st.integers(0, 200), st.integers(0, 200), st.floats(1, 1e5), st.floats(1, 1e5))
def test_a_ratio_lies_in_its_interval_and_turned_round_is_its_inverse(y, other_y, e, other_e):
    one, other = Counted(y, e), Counted(other_y, other_e)
    found, turned = rate_ratio(one, other), rate_ratio(other, one)
    assert found.low <= found.ratio * (1 + 1e-9)
    assert found.ratio <= found.high * (1 + 1e-9)
    assert found.p == pytest.approx(turned.p)
    if found.low > 0:
        assert turned.high == pytest.approx(1 / found.low, rel=1e-6)


@pytest.mark.parametrize("mean", [0.3, 5])
def test_a_steady_rate_has_no_change_in_99_of_100_series(mean):
    rng, series = Random(2), 400
    changes = [change_point([(counts(rng, mean, 1), 100.0) for _ in range(60)], 1.0) for _ in range(series)]
    assert sum(change is not None for change in changes) <= 0.01 * series


def test_the_day_of_a_change_is_found_and_lies_in_its_interval():
    rng, covered, found = Random(3), 0, 0
    for _ in range(100):
        days = [(counts(rng, 5 if day < 40 else 10, 1), 100.0) for day in range(60)]
        if change := change_point(days, 1.0):
            found += 1
            covered += change.earliest <= 40 <= change.latest
            assert change.before < change.after
    assert found >= 97
    assert covered >= 0.95 * found


def test_only_updates_that_fit_the_day_are_named_nearest_first():
    days = [(4.0, 100.0)] * 40 + [(12.0, 100.0)] * 20
    change = change_point(days, 1.0)
    assert (change.day, change.before, change.after) == (40, pytest.approx(0.04), pytest.approx(0.12))
    first_days = {"Mail 8.0": 40, "Office 16": 41, "Driver 3": 20, "System 24": 55}
    assert fitting_updates(change, first_days)[0] == "Mail 8.0"
    assert not {"Driver 3", "System 24"} & set(fitting_updates(change, first_days))


def test_a_change_over_a_weekend_begins_on_monday_and_an_update_on_sunday_fits():
    days = [(0.0, 0.0) if day % 7 > 4 else (4.0 + 8 * (day > 40), 100.0) for day in range(63)]
    change = change_point(days, 1.0)
    assert change.day == 42
    assert fitting_updates(change, {"System 24": 41}) == ["System 24"]


def test_too_few_days_no_events_and_no_hours_have_no_change():
    assert change_point([(1.0, 10.0)] * 5, 1.0) is None
    assert change_point([(0.0, 10.0)] * 50, 1.0) is None
    assert change_point([(0.0, 0.0)] * 50, 1.0) is None


def panel(rng: Random, groups: int, slope: float) -> list[Row]:
    """Groups that differ in both for reasons of their own; within a group, y follows the first x."""
    rows = []
    for group in range(groups):
        own = rng.gauss(0, 10)
        for _ in range(4):
            x = (rng.gauss(70 + own, 4), rng.gauss(60, 6))
            rows.append(
                Row(f"g{group}", 80 - 2 * own + slope * x[0] + rng.gauss(0, 3), x, rng.randint(5, 20))
            )
    return rows


def test_drivers_are_recovered_within_groups_although_groups_differ_the_other_way():
    rng, within, called = Random(4), 0, 0
    for _ in range(60):
        first, second = drivers(panel(rng, 10, 0.5))
        within += first.low <= 0.5 <= first.high
        called += not second.low <= 0 <= second.high
    assert within >= 53
    assert called <= 7


def test_drivers_are_shown_from_8_groups_and_30_rows_only():
    rng = Random(5)
    assert can_be_shown(panel(rng, 8, 0.5))
    assert not can_be_shown(panel(rng, 7, 0.5))
    assert not can_be_shown(panel(rng, 8, 0.5)[:29])


def test_scores_that_move_as_one_cannot_be_told_apart():
    rows = [Row(f"g{i // 4}", float(i % 3), (float(i % 4), 2.0 * (i % 4)), 8) for i in range(32)]
    with pytest.raises(ValueError, match="cannot be told apart"):
        drivers(rows)


def test_actions_are_ranked_by_the_points_of_all_the_people_they_help():
    prospects = [
        Prospect("team:A", "boot", 1.5, 20),
        Prospect("team:B", "boot", 1.2, 100),
        Prospect("team:A", "crash", 4.0, 20),
        Prospect("team:C", "disk", 0.5, 10),
        Prospect("team:C", "patch", 0.0, 10),
    ]
    actions = ranked_actions(prospects)
    assert [(a.signal, a.priority) for a in actions] == [("boot", 1), ("crash", 2), ("disk", 3)]
    assert actions[0].groups == ("team:B", "team:A")
    assert actions[0].person_points == pytest.approx(150)


def test_calibration_sees_order_alone_and_needs_eight_groups():
    technology = [50.0, 55, 60, 65, 70, 75, 80, 85, 90]
    found = calibration(technology, [value**3 for value in technology])
    assert found.rho == pytest.approx(1)
    assert found.high > 0.999
    turned = calibration(technology, [-value for value in technology])
    assert turned.rho == pytest.approx(-1)
    mixed = calibration(technology, [60, 55, 70, 60, 80, 60, 70, 90, 75])
    assert 0 < mixed.rho < 1
    assert mixed.low < mixed.rho < mixed.high
    pairs = calibration(list(range(8)), [1, 1, 2, 2, 3, 3, 4, 4])
    assert pairs.rho == pytest.approx(0.9759000729)
    assert calibration(technology[:7], technology[:7]) is None
    assert calibration(technology, [3.0] * 9) is None


def test_open_requests_count_as_far_as_they_are_known():
    assert median_hours([1, 2, 3, 4], [True] * 4) == 2
    assert median_hours([1, 2, 3, 4], [True, False, False, False]) is None
    assert median_hours([1, 1, 5, 5], [False, True, True, True]) == 5
    assert median_hours([], []) is None


def test_a_request_that_is_open_beyond_the_aim_is_late_and_a_young_one_is_not_counted():
    assert in_time([2, 9, 30, 3], [True, True, False, False], aim=8) == (1, 3)
