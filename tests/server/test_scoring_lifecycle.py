"""What counts of a person's time in a stage, and lost time at its edges."""

from datetime import date, timedelta

from server.scoring.cohort_cards import Passage, passage
from server.scoring.lost_time import lost_group

LEFT = date(2026, 3, 31)


def test_the_last_89_days_of_a_stage_count_and_the_day_of_leaving_does_not():
    days = [
        (LEFT - timedelta(days=back), score) for back, score in ((90, 0.0), (89, 40.0), (1, 60.0), (0, 0.0))
    ]
    assert passage(LEFT, days) == Passage(LEFT, 50.0)


def test_a_stage_without_a_score_makes_no_passage():
    assert passage(LEFT, []) is None


def test_lost_time_is_never_below_nothing():
    lost = lost_group(minutes=10, hours=100, person_weeks=5, phi=50, about=False)
    assert (lost.low, lost.hours_low) == (0.0, 0.0)
    assert lost_group(minutes=0, hours=100, person_weeks=5, phi=1, about=False).hours_high == 0.0
