"""One watch over everything a company has: one budget of false alarms, one message for one trouble."""

from datetime import date, timedelta
from random import Random

import pytest
from simulated_series import counts

from server.privacy.alarm_look import look
from server.privacy.alarm_values import ItemDay, Seen, items_seen
from server.scoring.alarms import Item, Measured
from server.scoring.parameters import GAUGES, RATES

FIRST = date(2026, 3, 2)  # a Monday
GROUPS = ("company:company", *(f"unit:{n}" for n in range(4)))
ITEMS = tuple(Item(f"app {n}", "1") for n in range(6))


def steady(rng: Random, fallen: float = 0.0) -> dict[str, Seen]:
    """A day as every other: scores of all gauges, and events of some applications."""
    seen = {
        name: Seen(
            {group: Measured(70 + 1.3 * rng.gauss() - fallen * (group == "unit:0")) for group in GROUPS},
            laptops=dict.fromkeys(GROUPS, 40),
        )
        for name in GAUGES
    }
    for name in RATES:
        known, affected = items_seen(ItemDay(item, 40, 10, counts(rng, 3, 1), 300.0) for item in ITEMS)
        seen[name] = Seen({}, known, affected)
    return seen


def watch(weeks: int, seed: int, fallen_from: int = 10_000) -> list[tuple[int, str]]:
    """Day number and signal of each message, the first of them after two months."""
    rng, watched, open_alarms, said = Random(seed), {}, [], []
    for number in range(56 + 7 * weeks):
        day = FIRST + timedelta(days=number)
        seen = steady(rng, 15.0 if number >= fallen_from else 0.0) if day.weekday() < 5 else {}
        looked = look(watched, open_alarms, day, seen, {}, {})
        watched, open_alarms = looked.watched, looked.open_alarms
        said += [(number, one.signal) for one in looked.messages]
    return said


def test_half_a_year_of_steady_weeks_raises_less_than_one_message_a_week():
    assert len(watch(weeks=18, seed=1)) <= 26


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_so_do_ten_of_them(seed: int):
    assert len(watch(weeks=18, seed=seed)) <= 26


def test_the_first_day_that_can_be_judged_raises_no_more_than_any_other():
    assert [one for one in watch(weeks=0, seed=2) if one[0] <= 35] == []


def test_a_fall_of_one_unit_is_said_once_for_each_signal():
    said = [one for one in watch(weeks=1, seed=3, fallen_from=56) if one[0] >= 56]
    assert sorted(signal for _, signal in said) == sorted(GAUGES)
    assert {number for number, _ in said} == {56}
