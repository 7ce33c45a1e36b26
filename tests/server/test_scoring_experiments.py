"""Experiments find what is there, are seldom wrong where nothing is, and say which it is."""

from itertools import permutations
from random import Random
from statistics import fmean, pstdev

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from simulated_experiments import readings

from server.scoring.always_valid import BETTER, NOTHING_WORTH, OPEN, TOO_FEW, WORSE, always_valid, read
from server.scoring.cuped import by_lot, cuped, remaining_sd
from server.scoring.power import detectable, power, units_needed
from server.scoring.rollouts import difference_in_differences, staggered


@pytest.mark.parametrize("units", [4, 12])
def test_twenty_looks_at_a_change_that_does_nothing_call_it_one_in_at_most_5_percent(units):
    rng, runs = Random(units), 200
    called = sum(bool({BETTER, WORSE} & set(readings(rng, units, 0.0))) for _ in range(runs))
    assert called <= 0.05 * runs


def test_a_planted_effect_is_found_and_its_direction_told():
    rng = Random(7)
    ends = [readings(rng, 30, effect)[-1] for effect in [6.0] * 25 + [-6.0] * 25]
    assert ends.count(BETTER) >= 23
    assert ends.count(WORSE) >= 23
    assert BETTER not in ends[25:]


def test_an_effect_that_cannot_matter_is_said_to_be_none():
    assert read(0.2, 0.3, (40, 40)).says == NOTHING_WORTH
    assert read(0.2, 4.0, (40, 40)).says == OPEN


def test_three_units_in_an_arm_say_nothing_however_clear():
    reading = read(9.0, 0.01, (3, 40))
    assert (reading.says, reading.p) == (TOO_FEW, 1.0)


def test_what_was_found_once_stays_found():
    assert read(0.5, 1.0, (20, 20), p_before=0.01).says == BETTER


@given(st.floats(-20, 20), st.floats(0.01, 50))
def test_p_below_5_percent_and_an_interval_without_0_are_the_same(effect, variance):
    found = always_valid(effect, variance)
    if abs(found.p - 0.05) > 1e-9:
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


def test_a_certain_effect_does_not_overflow_and_none_without_variance():
    assert always_valid(80.0, 0.001).p == 0
    with pytest.raises(ValueError, match="without variance"):
        always_valid(1.0, 0.0)


def test_the_weeks_before_take_out_what_they_explain():
    rng = Random(8)
    level = [rng.gauss(70, 8) for _ in range(400)]
    units = [(own + rng.gauss(0, 2), own + rng.gauss(0, 2)) for own in level]
    treated, control = [(x, y + 4) for x, y in units[:200]], units[200:]
    with_before = cuped(treated, control)
    without = cuped([(0.0, y) for _, y in treated], [(0.0, y) for _, y in control])
    assert with_before.effect == pytest.approx(4, abs=0.8)
    assert with_before.variance < 0.25 * without.variance
    assert without.theta == 0


def test_lots_can_be_drawn_again_by_who_knows_the_secret():
    teams = [f"team {i}" for i in range(41)]
    drawn = by_lot(teams, "thursday")
    assert drawn == by_lot(list(reversed(teams)), "thursday") != by_lot(teams, "friday")
    assert len(drawn) == 20
    often = [sum(team in by_lot(teams, str(secret)) for secret in range(300)) for team in teams]
    assert 100 < min(often) <= max(often) < 200


def test_power_is_what_simulated_experiments_have():
    rng, sd, runs = Random(9), 4.0, 500
    for units, effect in ((6, 9.0), (20, 5.0)):
        found = []
        for _ in range(runs):
            treated, control = (
                [(rng.gauss(), rng.gauss(70 + lift, sd)) for _ in range(units)] for lift in (effect, 0)
            )
            once = cuped(treated, control)
            found.append(read(once.effect, once.variance, (units, units)).says)
        assert found.count(BETTER) / runs == pytest.approx(power(effect, sd, (units, units)), abs=0.07)


def test_the_detectable_effect_and_the_units_needed_for_it_agree():
    effect = detectable(4.0, (50, 50))
    assert power(effect, 4.0, (50, 50)) == pytest.approx(0.8)
    assert units_needed(effect + 1e-9, 4.0) == 50
    assert units_needed(1e-4, 50.0) is None
    assert units_needed(50.0, 1.0) == 4
    assert remaining_sd(10.0, 0.6) == pytest.approx(8.0)


STARTS = st.lists(st.sampled_from([1, 2, 3, None]), min_size=4, max_size=6)


@settings(max_examples=30, deadline=None)
@given(STARTS, st.integers(0, 1000))
def test_staggered_starts_agree_with_going_through_all_assignments(starts, seed):
    rng = Random(seed)
    y = [[rng.gauss(70, 5) for _ in range(4)] for _ in starts]
    try:
        found = staggered(y, starts)
    except ValueError:
        assert not any(s for s in starts) or None not in starts
        return
    every = {tuple(order) for order in permutations(starts)}
    effects = [plainly(y, order) for order in every]
    assert found.effect == pytest.approx(plainly(y, starts))
    assert found.assignments == len(every)
    assert found.p == sum(abs(e) >= abs(found.effect) - 1e-9 for e in effects) / len(every)


def plainly(y, starts):
    """The definition, term by term."""
    terms = []
    for g in {start for start in starts if start is not None}:
        for t in range(g, len(y[0])):
            treated = [row[t] - row[g - 1] for row, s in zip(y, starts, strict=True) if s == g]
            waiting = [row[t] - row[g - 1] for row, s in zip(y, starts, strict=True) if s is None or s > t]
            if waiting:
                terms.append((len(treated), fmean(treated) - fmean(waiting)))
    return sum(n * effect for n, effect in terms) / sum(n for n, _ in terms)


def rollout(rng: Random, effect: float) -> tuple[list[list[float]], list[int | None]]:
    """Nine teams, three of which start in period 3, three in 5 and three never, by lot."""
    starts = [3, 3, 3, 5, 5, 5, None, None, None]
    rng.shuffle(starts)
    level = [rng.gauss(70, 6) for _ in starts]
    return [
        [own + 2 * t + rng.gauss(0, 1.5) + (effect if s is not None and t >= s else 0) for t in range(7)]
        for own, s in zip(level, starts, strict=True)
    ], starts


def test_a_rollout_that_does_nothing_is_called_one_in_5_percent_though_everything_gets_better():
    rng = Random(10)
    p = [staggered(*rollout(rng, 0.0)).p for _ in range(200)]
    assert sum(one <= 0.05 for one in p) / len(p) <= 0.09
    assert fmean(p) == pytest.approx(0.5, abs=0.08)


def test_the_effect_of_a_rollout_is_recovered():
    rng = Random(11)
    found = [staggered(*rollout(rng, 4.0)) for _ in range(60)]
    assert fmean(one.effect for one in found) == pytest.approx(4.0, abs=0.3)
    assert sum(one.p <= 0.05 for one in found) >= 48


def test_of_very_many_assignments_some_are_drawn_and_the_same_ones_each_time():
    rng = Random(12)
    y = [[rng.gauss(70, 2), rng.gauss(70, 2) + 3 * (i < 14)] for i in range(28)]
    found = staggered(y, [1] * 14 + [None] * 14)
    assert found.assignments == 40_116_600
    assert found == staggered(y, [1] * 14 + [None] * 14)
    assert 1 / (found.drawn + 1) <= found.p < 0.01


def test_a_rollout_with_nobody_left_to_compare_with_is_refused():
    with pytest.raises(ValueError, match="in no period"):
        staggered([[70.0, 71.0], [60.0, 61.0]], [1, 1])


def test_difference_in_differences_is_not_misled_by_a_common_trend():
    rng, errors = Random(13), []
    for _ in range(200):
        groups = [(own := rng.gauss(70, 8), own + 5 + rng.gauss(0, 2)) for _ in range(24)]
        found = difference_in_differences([(a, b + 3) for a, b in groups[:12]], groups[12:])
        errors.append((found.effect - 3) / found.se)
    assert abs(fmean(errors)) < 0.25
    assert pstdev(errors) == pytest.approx(1.0, abs=0.2)
    with pytest.raises(ValueError, match="two groups"):
        difference_in_differences([(1.0, 2.0)], [(1.0, 2.0), (2.0, 2.0)])
