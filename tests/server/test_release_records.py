"""What a release holds of a week, and that it cannot be changed unseen."""

import random
from dataclasses import replace

import msgspec
import pytest
from synthetic_company import LAST_WEEK, Company

from server.privacy.plan import Place
from server.privacy.records import GaugeSum
from server.privacy.release import make_release
from server.privacy.sentiment_release import LabelledAnswers, PeriodAnswers, make_sentiment_period
from server.scoring.lost_time import CAUSES, cause_signal

COMPANY = Company({"A": "U", "B": "U", "C": "V", "D": "W"}, 25)


@pytest.fixture(scope="module")
def release():
    return COMPANY.releases(1)[0]


def test_the_order_of_rows_changes_no_bit(release):
    rows = COMPANY.rows(LAST_WEEK)
    random.Random(3).shuffle(rows)
    assert make_release(LAST_WEEK, rows, COMPANY.teams).digest() == release.digest()


def test_a_digest_covers_the_one_before(release):
    assert release.digest("before") != release.digest()


def test_whole_numbers_read_from_a_store_keep_the_digest(release):
    sums = {**release.gauges, "boot": {"company:company": GaugeSum(100, 7300.0)}}
    stored = {**release.gauges, "boot": {"company:company": GaugeSum(100, 7300)}}
    assert replace(release, gauges=stored).digest() == replace(release, gauges=sums).digest()


def test_one_changed_sum_changes_the_digest(release):
    crash = dict(release.rates["crash"])
    crash["unit:U"] = msgspec.structs.replace(crash["unit:U"], y=crash["unit:U"].y + 1)
    assert replace(release, rates={**release.rates, "crash": crash}).digest() != release.digest()


def test_hours_of_small_groups_are_never_released(release):
    true_hours = sum(row.week.rates["crash"][1] for row in COMPANY.rows(LAST_WEEK) if row.place.team == "A")
    true_events = sum(row.week.rates["crash"][0] for row in COMPANY.rows(LAST_WEEK) if row.place.team == "A")
    team = release.rates["crash"]["team:A"]
    assert not team.exact
    assert abs(team.e - true_hours) > 1
    assert team.y / team.e == pytest.approx(true_events / true_hours)


def test_hours_are_exact_of_the_company_and_of_units_that_leave_nobody_over(release):
    # U has 50 persons, but the 50 outside it are as many: both sides are large enough to be exact.
    exact = {group for group, sums in release.rates["lost"].items() if sums.exact}
    assert exact == {"company:company", "unit:U"}


def test_causes_of_lost_time_add_up_to_the_total(release):
    for group, total in release.rates["lost"].items():
        causes = [release.rates[cause_signal(cause)][group] for cause in CAUSES]
        assert sum(cause.y for cause in causes) == pytest.approx(total.y)
        assert {cause.e for cause in causes} == {total.e}


def test_a_class_of_hours_stays_for_the_quarter(release):
    later = make_release("2026-W14", COMPANY.rows("2026-W14"), COMPANY.teams, known_classes={"team:A": -2})
    assert later.hours_class["team:A"] == -2
    assert later.hours_class["team:B"] == release.hours_class["team:B"]


def test_a_cause_that_nobody_can_read_is_said_to_be_unreadable():
    blind = Company({"A": "U", "B": "U"}, 20, without=["offline_minutes"]).releases(1)[0]
    assert blind.readable["network"] == 0
    assert blind.readable["slowness"] == blind.rate_pools["lost"].n


@pytest.mark.parametrize(("late", "published"), [(0, 0), (3, None), (5, 5)])
def test_few_late_persons_are_not_counted(late, published):
    assert make_release(LAST_WEEK, COMPANY.rows(LAST_WEEK), {}, late=late).late == published


def test_four_persons_publish_nothing_at_all():
    tiny = make_release(LAST_WEEK, COMPANY.rows(LAST_WEEK)[:4], {"A": "U"})
    assert (tiny.base, tiny.gauges, tiny.rates, tiny.gauge_pools, tiny.rate_pools, tiny.funnel) == (
        {},
        {},
        {},
        {},
        {},
        (),
    )


def test_answers_of_a_period_are_counted_by_group():
    answers = [LabelledAnswers(Place("U", "A", None), answer, 3) for answer in (2, 4, 5)]
    columns = [LabelledAnswers(Place(None, None, "steady"), 4, 9)]
    period = make_sentiment_period(PeriodAnswers("2026-P03", tuple(answers), tuple(columns)))
    assert period.groups["team:A"] == {2: 3, 4: 3, 5: 3}
