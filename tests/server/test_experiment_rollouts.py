"""A change that comes to team after team, read from released sums of teams."""

from random import Random

import pytest
from experiment_company import EXPECTED, TEAMS, TODAY, Told

from server.experiments.register import Plan, begin, register
from server.scoring.always_valid import BETTER, OPEN, TOO_FEW
from server.scoring.parameters import ALPHA
from server.scoring.rollouts import effect_interval, overall_effect, staggered


def test_the_interval_of_a_rollout_holds_the_truth_and_is_short_enough_to_find_it() -> None:
    rng, starts, runs = Random(3), [1, 1, 2, 2, None, None, None, None], 60
    held = found = 0
    for _ in range(runs):
        y = [
            [level + rng.gauss(0, 1) + (4.0 if start is not None and t >= start else 0.0) for t in range(4)]
            for level, start in zip([60, 70, 65, 80, 75, 62, 71, 69], starts, strict=True)
        ]
        low, high = effect_interval(y, starts)
        held += low <= 4.0 <= high
        assert low < overall_effect(y, starts) < high
        found += low > 0
    assert held >= 0.9 * runs
    assert found >= 0.8 * runs


def test_a_rollout_of_nothing_is_called_something_in_at_most_5_percent() -> None:
    rng, starts, runs = Random(9), [1, 1, 2, 2, None, None, None, None], 100
    called = 0
    for _ in range(runs):
        y = [[level + rng.gauss(0, 1) for _ in range(4)] for level in (60, 70, 65, 80, 75, 62, 71, 69)]
        called += staggered(y, starts).p <= ALPHA
    assert called <= 0.05 * runs + 3  # which is as much as chance adds


def test_too_few_assignments_leave_the_interval_without_bound() -> None:
    low, high = effect_interval([[1.0, 2.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], [1, None, None, None])
    assert (low, high) == (-float("inf"), float("inf"))


def roll_out(told: Told, weeks: int) -> None:
    starts = {team: f"2026-W{21 + i // 2}" if i < 4 else None for i, team in enumerate(TEAMS)}
    with told.store.transaction() as session:
        register(session, told.org, Plan("try", "Try it", EXPECTED, "technology", weeks, starts), TODAY)
        begin(session, told.org, "try", TODAY)


def test_a_rollout_says_nothing_for_sure_before_its_last_week(told_on_both: Told) -> None:
    told = told_on_both
    roll_out(told, weeks=3)
    told.release("2026-W20")

    def lift(i: int, week: str) -> float:
        started = {0: 21, 1: 21, 2: 22, 3: 22}.get(i % 6)
        return 20.0 if started is not None and int(week[-2:]) >= started else 0.0

    for week in ("2026-W21", "2026-W22", "2026-W23"):
        told.release(week, lift)
        assert told.read(week) == 1
    first, second, last = told.readings()
    assert [row.says for row in (first, second, last)] == [OPEN, OPEN, BETTER]
    assert (first.low, first.p, second.p) == (None, None, None)
    assert (first.treated, first.others) == (2, 4)
    assert last.effect == pytest.approx(14, abs=2)  # seven parts of ten are gauges
    assert last.low > 0


def test_a_rollout_of_so_few_teams_that_chance_could_do_anything_says_so(told: Told) -> None:
    with told.store.transaction() as session:
        starts = {"Sales": "2026-W21", "Care": None, "Product": None, "Finance": None}
        register(session, told.org, Plan("try", "Try it", EXPECTED, "signin", 1, starts), TODAY)
        begin(session, told.org, "try", TODAY)
    told.release("2026-W20")
    told.release("2026-W21")
    told.read("2026-W21")
    assert [row.says for row in told.readings()] == [TOO_FEW]  # four assignments: none is as rare as 5 %
