"""What technology took from somebody, week by week: worked out as on paper, and theirs alone."""

from datetime import date, timedelta

import pytest

from dashboards.own_days import OwnDay, own_weeks
from server.ingest.derive import COLUMNS, scoring_fields
from server.scoring.lost_time import lost_day

MONDAY = date(2026, 3, 2)
SOURCES = ("active", "boot", "signin", "crash", "hang", "oscrash", "cpu", "memory", "disk", "network")
PAPER = dict.fromkeys(COLUMNS) | {
    "usage_s": 6.5 * 3600,
    "active_min": 390,
    "boots": 2,
    "boot_list_s": [95, 40],
    "signins": 1,
    "signin_list_s": [50],
    "app_crashes": 2,
    "app_hangs": 2,
    "hang_list_s": [45],
    "pressure_min": 26,
    "offline_min": 4,
    "coverage": dict.fromkeys(SOURCES, "ok"),
    "gap_min": {},
}
"""The worked example of lost time: 25.17 minutes on a day of 6.5 hours."""


def day(on: date, closed: bool = True, **other) -> OwnDay:
    row = PAPER | other | {"day": on}
    return OwnDay(on, closed, row, lost_day(scoring_fields(row)))


def test_three_days_of_the_worked_example_are_a_week():
    [week] = own_weeks([day(MONDAY + timedelta(days=i)) for i in range(3)])
    assert week.monday == MONDAY
    assert week.minutes == pytest.approx(3 * 25.166666667)
    assert week.hours == pytest.approx(19.5)
    assert week.per_hour == pytest.approx(3.871794872)
    assert week.causes["slowness"] == pytest.approx(39)
    assert sum(minutes or 0 for minutes in week.causes.values()) == pytest.approx(week.minutes)


def test_days_that_go_on_and_weeks_without_use_are_left_out():
    days = [
        day(MONDAY + timedelta(days=8), closed=False),
        day(MONDAY + timedelta(days=7), usage_s=0),
        day(MONDAY + timedelta(days=6)),
        day(MONDAY - timedelta(days=1)),
    ]
    assert [week.monday for week in own_weeks(days)] == [MONDAY, MONDAY - timedelta(days=7)]


def test_a_cause_that_could_not_be_read_is_unknown_and_not_nothing():
    [week] = own_weeks([day(MONDAY, coverage=PAPER["coverage"] | {"hang": "denied"})])
    assert week.causes["hangs"] is None
