"""What holds for every day and every company: nothing missing counts as good, and worse is never better."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from synthetic_company import LAST_WEEK, Company

from server.people.weeks import week_before
from server.privacy.windows import Window, score_window
from server.scoring.changes import Difference, change_flags
from server.scoring.means import weighted_mean
from server.scoring.parameters import GAUGES, RATES, SIGNALS, Signal
from server.scoring.person_week import person_week
from server.scoring.rates import Prior, rate_score

TEAMS = {"A": "U", "B": "U", "C": "V", "D": "V"}
FIELDS = {signal.field for signal in SIGNALS.values()}
BETTER_WHEN_MORE = {"battery", "space"}


def days() -> st.SearchStrategy[list[dict[str, float | None]]]:
    values = {s.field: st.none() | st.floats(s.lowest, min(s.highest, 4000.0)) for s in GAUGES.values()}
    values |= {s.field: st.none() | st.integers(0, 30).map(float) for s in RATES.values()}
    values |= dict.fromkeys(("usage_hours", "app_hours", "on_hours"), st.floats(0, 24))
    return st.lists(st.fixed_dictionaries(values), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(days(), st.sampled_from(sorted(FIELDS)))
def test_a_source_that_is_off_adds_nothing_and_changes_no_other_signal(days, off):
    before = person_week(days)
    after = person_week([day | {off: None} for day in days])
    assert (after.active, after.hours) == (before.active, before.hours)
    lost = {name for name, signal in SIGNALS.items() if signal.field == off}
    assert after.gauges == {name: x for name, x in before.gauges.items() if name not in lost}
    assert after.rates == {name: rate for name, rate in before.rates.items() if name not in lost}
    assert before.has_enough_signals() or not after.has_enough_signals()


@settings(max_examples=40, deadline=None)
@given(days())
def test_a_day_without_any_source_is_not_a_good_day(days):
    """It may hold hours of use, but no score."""
    blind = person_week([day | dict.fromkeys(FIELDS) for day in days])
    assert (blind.gauges, blind.rates, blind.composite) == ({}, {}, None)


@pytest.fixture(scope="module")
def windows() -> tuple[Window, Window]:
    """Four weeks with slow starts in all teams, and the four after them, in which starts are not measured."""
    before, after = Company(TEAMS, 12, slow=list(TEAMS)), Company(TEAMS, 12, without=("boot_s", "signin_s"))
    earlier = before.releases(last=week_before(LAST_WEEK, 4))
    return score_window(earlier), score_window(after.releases())


def test_turning_a_bad_source_off_raises_no_coverage_and_is_no_improvement(windows):
    before, after = windows
    for group, block in after.blocks.items():
        old = before.blocks.get(group)
        if old is None or old.dex is None or block.dex is None or block.status != "ok":
            continue
        assert block.coverage <= old.coverage
        assert block.dex.value > old.dex.value, "the score alone would look better"
        moved = Difference(block.dex.value - old.dex.value, 0.1, (old.basket, block.basket))
        [change] = change_flags([moved])
        assert not change.comparable
        assert not change.flag


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
def test_a_worse_value_never_scores_more(signal: Signal):
    values = sorted(
        {signal.lowest, *(v * f for v, _ in signal.curve.anchors for f in (0.5, 0.99, 1, 1.01, 2))}
    )
    scores = [signal.curve(value) for value in values]
    assert all(0 <= score <= 100 for score in scores)
    assert scores == sorted(scores, reverse=signal.name not in BETTER_WHEN_MORE)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(RATES)),
    st.integers(0, 60),
    st.floats(1, 5000),
    st.floats(0.1, 10),
    st.floats(1, 10000),
    st.floats(1, 10),
)
def test_one_more_event_never_scores_more(name, y, e, shape, hours, phi):
    prior, signal = Prior(shape, hours), RATES[name]
    fewer, more = rate_score(y, e, prior, phi, signal), rate_score(y + 1, e, prior, phi, signal)
    assert more.rate > fewer.rate
    assert more.score <= fewer.score
    assert (more.low, more.high) <= (fewer.low, fewer.high)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 1)), min_size=1, max_size=13), st.floats(0.1, 50)
)
def test_the_unit_of_weights_does_not_matter(pairs, unit):
    values = {str(i): x for i, (x, _) in enumerate(pairs)}
    weights = {str(i): w for i, (_, w) in enumerate(pairs)}
    scaled = {name: unit * w for name, w in weights.items()}
    assert weighted_mean(values, scaled) == pytest.approx(weighted_mean(values, weights), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(RATES)), st.integers(1, 60), st.floats(1, 5000), st.floats(0.01, 100))
def test_the_unit_of_hours_does_not_matter(name, y, e, unit):
    """Events in the same time score the same, in whatever unit all hours are told."""
    signal = RATES[name]
    counted_otherwise = replace(signal, per_hours=signal.per_hours * unit)
    here = rate_score(y, e, Prior(1.0, 100.0), 1.0, signal)
    there = rate_score(y, e * unit, Prior(1.0, 100.0 * unit), 1.0, counted_otherwise)
    assert (there.rate, there.score, there.sd) == pytest.approx((here.rate, here.score, here.sd), abs=1e-6)
