"""Lost hours in money: where hours are exact, with an interval, and telling no more than rounded hours."""

import pytest
from synthetic_company import Company

from server.privacy.rounded import group_of
from server.privacy.rounding import two_digits
from server.privacy.windows import score_window

PRICE = (48.0, "EUR")


@pytest.fixture(scope="module")
def window():
    """A unit of 140 people, whose hours are exact, and of 56 and 14: both classed, one to hide the other."""
    teams = {f"T{i}": "U0" if i < 4 else "U2" if i == 4 else "U1" for i in range(15)}
    return score_window(Company(teams, 14).releases(4))


def cost(window, group, price=PRICE):
    return group_of(window, window.blocks[group], {}, price).lost_time.cost


def test_company_and_units_with_exact_hours_alone_have_it(window):
    with_it = {
        block.group for block in window.blocks.values() if block.lost_time and cost(window, block.group)
    }
    assert with_it == {"company:company", "unit:U1"}


def test_nobody_sees_money_before_a_price_is_given(window):
    assert cost(window, "company:company", None) is None


def test_it_is_the_released_hours_times_the_price_with_their_interval(window):
    lost, found = window.blocks["unit:U1"].lost_time, cost(window, "unit:U1")
    assert found.hours == two_digits(lost.hours)
    assert found.value == round(48 * found.hours)
    assert found.low < found.value < found.high
    assert found.low == round(48 * two_digits(lost.hours * lost.low / lost.lost))
    assert found.high == round(48 * two_digits(lost.hours * lost.high / lost.lost))


def test_another_price_tells_no_more_of_the_hours(window):
    fine = cost(window, "unit:U1", (999_983.0, "EUR"))
    assert fine.value / 999_983 == pytest.approx(two_digits(window.blocks["unit:U1"].lost_time.hours))
