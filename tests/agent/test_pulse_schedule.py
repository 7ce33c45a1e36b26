"""When a laptop asks: drawn at random, never more often than the limits allow."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pulse.schedule import DAYS_BETWEEN, MOST, Draw, Running, asks_on, draw
from agent.signals import PULSE_ITEMS, PULSE_ROTATION

FIRST = date(2026, 2, 23)
BOTH = ("core", "second")


def running(core_week: int = 1) -> Running:
    return Running("2026-P03", FIRST, FIRST + timedelta(days=27), Draw(core_week, "enps"))


def test_every_week_is_as_likely_and_the_second_question_is_two_weeks_away() -> None:
    drawn = [draw("2026-P01", random.Random(seed)) for seed in range(2000)]
    weeks = Counter(d.core_week for d in drawn)
    assert set(weeks) == {0, 1, 2, 3}
    assert all(400 < number < 600 for number in weeks.values())
    assert all(abs(d.core_week - d.second_week) == 2 for d in drawn)


@pytest.mark.parametrize(
    ("number", "items"),
    [
        (1, {"ux_ease"}),
        (2, {"ux_useful"}),
        (3, {"enps", "noticed"}),
        (4, {"f_reach", "f_service", "f_procure", "f_personal", "f_simple", "f_channel"}),
        (6, {"enps", "noticed"}),
        (7, {"lost_time"}),
        (8, {"f_reach", "f_service", "f_procure", "f_personal", "f_simple", "f_channel"}),
        (13, {"ux_ease"}),
    ],
)
def test_the_second_question_follows_from_the_period(number: int, items: set[str]) -> None:
    drawn = [draw(f"2026-P{number:02d}", random.Random(seed)).second_item for seed in range(400)]
    assert set(drawn) == items
    if "noticed" in items:
        assert 15 < drawn.count("noticed") < 70  # one in ten


def test_the_rotation_names_every_period_and_only_known_questions() -> None:
    assert set(PULSE_ROTATION) == set(range(1, 14))
    assert {item for items in PULSE_ROTATION.values() for item in items} < set(PULSE_ITEMS)


def test_a_question_may_be_asked_from_its_week_to_the_end_of_the_period() -> None:
    assert asks_on(running(1), BOTH, []) == {
        "core": FIRST + timedelta(weeks=1),
        "second": FIRST + timedelta(weeks=3),
    }


def test_ten_days_lie_between_two_questions() -> None:
    asked = FIRST + timedelta(days=11)
    assert asks_on(running(3), ("core",), [asked]) == {"core": FIRST + timedelta(weeks=3)}
    late = FIRST + timedelta(days=15)
    assert asks_on(running(3), ("core",), [late])["core"] == late + timedelta(days=10)


def test_what_would_come_after_the_period_is_not_asked() -> None:
    assert asks_on(running(3), ("core",), [FIRST + timedelta(days=20)]) == {}


@given(st.lists(st.integers(-365, 27), max_size=40), st.integers(0, 3))
def test_no_limit_is_ever_passed(days_ago: list[int], core_week: int) -> None:
    prompts = sorted(FIRST + timedelta(days=d) for d in days_ago)
    planned = asks_on(running(core_week), BOTH, prompts)
    asked = prompts
    for slot, day in sorted(planned.items(), key=lambda item: item[1]):
        assert running(core_week).week_begins(slot) <= day <= running(core_week).last_day
        assert all((day - earlier).days >= DAYS_BETWEEN for earlier in asked)
        for days, most in MOST:
            assert sum((day - earlier).days < days for earlier in asked) < most
        asked = [*asked, day]
