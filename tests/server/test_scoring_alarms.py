"""Alarms: seldom without cause whatever the days are like, soon with one, and silent about who it is."""

from datetime import date
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from simulated_series import (
    BEFORE,
    WATCHED,
    counts,
    half_common,
    heavy_tailed,
    independent,
    like_the_day_before,
    watched,
)

from server.scoring.alarm_limits import alarm_limits
from server.scoring.alarms import (
    CountSeries,
    Found,
    Item,
    Measured,
    ScoreSeries,
    looks_of_week,
    measured_day,
    message,
    watch_counts,
    watch_scores,
)
from server.scoring.bursts import base_of, burst_base
from server.scoring.drift import DOWN, UP, drifts
from server.scoring.z_values import WEEKS, lag_one, rate_value, z_series, z_value

COMPANY_LIMITS = alarm_limits(2665, 1500)  # a company of 533 watched groups and 300 applications


@pytest.mark.parametrize("noise", [independent, half_common, like_the_day_before, heavy_tailed])
def test_scores_raise_less_than_one_false_alarm_a_week(noise):
    alarms = list(watched(noise, alarm_limits(40 * 5, 1)))
    assert len(alarms) <= WATCHED / 7


@pytest.mark.parametrize(("step", "working_days"), [(3, 7), (5, 4), (8, 3)])
def test_a_step_is_found_within_days(step, working_days):
    later = []
    for seed in range(5):
        first: dict[object, int] = {}
        for day, found in watched(independent, COMPANY_LIMITS, seed, step, 28):
            if found.side == DOWN:
                first.setdefault(found.subject, day - 2 * (day // 7) + 1)
        later += [first.get(f"unit:{i}", 99) for i in range(3)]
    assert sorted(later)[len(later) // 2] <= working_days


@pytest.mark.parametrize("phi", [1, 2])
def test_counts_raise_hardly_any_false_alarm(phi):
    rng, limits, series, alarms = Random(2), alarm_limits(1, 300), {}, 0
    items = [Item(f"app {i}", "1.0") for i in range(60)]
    for day in range(BEFORE + WATCHED):
        today = {item: (counts(rng, 3, phi), 300.0) for item in items} if day % 7 < 5 else {}
        series, found = watch_counts(series, today, phi, limits)
        alarms += len(found) if day >= 28 else 0
    assert alarms <= 0.3 * WATCHED / 7


@pytest.mark.parametrize(("times", "day"), [(3, 0), (2, 1)])
def test_an_update_that_makes_3_percent_of_12000_laptops_crash_is_found_at_once(times, day):
    rng, old, new = Random(3), Item("Mail", "7"), Item("Mail", "8")
    series: dict[Item, CountSeries] = {}
    for _ in range(28):
        series, _found = watch_counts(series, {old: (counts(rng, 500, 1), 60_000.0)}, 1, COMPANY_LIMITS)
    found_on = []
    for i in range(5):
        today = {old: (counts(rng, 485, 1), 58_200.0), new: (counts(rng, 15 * times, 1), 1_800.0)}
        series, found = watch_counts(series, today, 1, COMPANY_LIMITS)
        found_on += [i for one in found if one.subject == new]
        assert all(one.subject == new for one in found)
    assert found_on[0] <= day


def test_a_burst_is_said_once():
    mail = Item("Mail")
    series = {mail: CountSeries(((3.0, 300.0),) * 28)}
    series, found = watch_counts(series, {mail: (30.0, 300.0)}, 1, COMPANY_LIMITS)
    assert [one.subject for one in found] == [mail]
    assert watch_counts(series, {mail: (3.0, 300.0)}, 1, COMPANY_LIMITS)[1] == []


def test_a_shock_is_said_once_and_is_no_reference_afterwards():
    rng, series = Random(4), {}
    for day in range(70):
        value = 70 + rng.gauss() - (30 if day == 60 else 0)
        series, found = watch_scores(series, {"company": Measured(value)}, COMPANY_LIMITS, day % 7)
        assert [one.kind for one in found] == (["shock"] if day == 60 else [])
    assert min(value for value in series["company"].values if value is not None) > 60


def test_a_look_gives_the_same_z_as_the_whole_series_does():
    rng, series, values, seen = Random(5), {}, [], []
    for day in range(80):
        values.append(None if rng.random() < 0.1 else rng.gauss(70, 2))
        today = {} if values[-1] is None else {"unit:U": Measured(values[-1])}
        series, _ = watch_scores(series, today, COMPANY_LIMITS, day % 7)
        seen.append(series["unit:U"].z[-1] if "unit:U" in series else None)
    assert seen == z_series(values)


def test_a_weekly_series_is_watched_with_its_own_weeks():
    series = {}
    for week in range(20):
        today = {"team:A": Measured(70 + week % 2 - (12 if week == 19 else 0))}
        series, found = watch_scores(series, today, alarm_limits(5, 1), period=WEEKS)
        assert looks_of_week(series.values(), WEEKS) == 1  # also while there is too little to compare with
        assert (series["team:A"].z[-1] is None) == (week < 4)
    assert [(one.kind, one.side) for one in found if one.kind == "shock"] == [("shock", DOWN)]
    assert len(series["team:A"].values) == 8


def test_a_series_without_values_for_eight_weeks_is_forgotten():
    scores, mail = {"unit:U": ScoreSeries((70.0,), (None,))}, {Item("Mail"): CountSeries(((1.0, 8.0),))}
    for day in range(56):
        assert scores
        scores, _ = watch_scores(scores, {}, COMPANY_LIMITS, day % 7)
        mail, _ = watch_counts(mail, {}, 1.0, COMPANY_LIMITS)
    assert (scores, mail) == ({}, {})


@settings(max_examples=50)
@given(st.lists(st.floats(0, 100), min_size=56, max_size=56), st.floats(-1000, 1000), st.floats(0.1, 50))
def test_z_does_not_depend_on_zero_and_unit_of_a_scale(before, shift, unit):
    plain = z_value(80.0, 2.0, before)
    other = z_value(unit * 80.0 + shift, 2.0 * unit, [unit * value + shift for value in before])
    assert other == pytest.approx(plain, rel=1e-5, abs=1e-6)


def test_a_constant_series_is_judged_by_its_floor():
    assert z_value(70.0, 1.0, [70.0] * 56) == pytest.approx(0.0)
    assert -5 < z_value(67.0, 1.0, [70.0] * 56) < -2
    assert z_value(-1e6, 1.0, [70.0] * 56) == -12


def test_saturdays_are_not_compared_with_mondays():
    z = z_series([70.0 + day % 2 if day % 7 < 5 else 40.0 + 10 * (day % 2) for day in range(70)])
    assert max(abs(value) for value in z if value is not None) < 2


def test_a_day_of_fewer_than_20_persons_is_not_looked_at():
    assert measured_day(70.0, 1.0, 19) is None
    assert measured_day(None, 1.0, 40) is None
    assert measured_day(70.0, 1.0, 20) == Measured(70.0, 1.0)


def test_days_without_hours_have_no_rate():
    assert rate_value(0, 0, 1.4) == (None, 1.0)
    assert rate_value(None, 300, 1.4)[0] is None


def test_neighbouring_days_are_compared_only_where_both_are_known():
    assert lag_one([[1.0, None, 1.0], [2.0]]) == 0
    assert lag_one([[1.0, 1.0, 1.0]]) == 0.8
    assert lag_one([[1.0, -1.0, 1.0]]) == 0


def test_limits_are_wider_the_more_is_looked_at():
    few, many = alarm_limits(0, 0), alarm_limits(10_000, 10_000)
    assert few == alarm_limits(1, 1)
    assert few.shock < many.shock
    assert few.drift < many.drift
    assert few.burst < many.burst


def test_one_wild_day_is_no_drift():
    path, alarms = drifts([12.0, None, None], 7.7, 0.0)
    assert alarms == []
    assert (path[-1].up, path[-1].up_for) == (3.5, 3)


def test_a_new_version_is_compared_with_all_versions_together_and_an_old_one_with_itself():
    together = (90.0, 9000.0)
    assert base_of([(5.0, 100.0)] * 27, together, 1.0) == burst_base(*together, 1.0)
    assert base_of([(5.0, 100.0)] * 28, together, 1.0) == burst_base(140.0, 2800.0, 1.0)
    assert base_of([], None, 1.0) is None


def test_a_message_says_signal_application_size_and_start_alone():
    new, other = Item("Mail", "8.0"), Item("Mail", "8.1")
    found = [Found(new, "burst", UP, 3), Found(other, "burst", UP, 1)]
    said = message("crash", date(2026, 3, 10), found, {new: 37, other: 6})
    assert vars(said) == {
        "signal": "crash",
        "start": date(2026, 3, 8),
        "items": {"Mail": "20-49"},
        "versions": {},
    }
    [one, _other] = found
    assert message("crash", date(2026, 3, 10), [one], {new: 37}).versions == {"Mail": "8.0"}


def test_a_message_of_groups_names_none_of_them_and_improvements_are_no_alarm():
    found = [Found("unit:Sales", "drift", DOWN, 4), Found("company:company", "shock", UP)]
    said = message("boot", date(2026, 3, 10), found, {"unit:Sales": 120})
    assert (said.items, said.start) == ({"": "100-249"}, date(2026, 3, 7))
    assert message("boot", date(2026, 3, 10), found[1:], {}) is None
    everybody = {one.subject: 120 for one in found}
    assert message("crash", date(2026, 3, 10), found[1:], everybody).items == {"": "100-249"}
    assert message("boot", date(2026, 3, 10), found, everybody, WEEKS).start == date(2026, 2, 17)


def test_what_fewer_than_five_laptops_have_is_not_said():
    found = [Found(Item("Mail", "8"), "burst", UP)]
    assert message("crash", date(2026, 3, 10), found, {Item("Mail", "8"): 4}) is None
    assert message("crash", date(2026, 3, 10), found, {Item("Mail", "8"): 5}).items == {"Mail": "5-9"}
