"""Stages and membership where the directory is incomplete or people come and go inside a week."""

from dataclasses import replace
from datetime import date

import pytest

from server.people.stages import (
    Assignment,
    Person,
    Spell,
    members_of_week,
    reference_day,
    stage_on,
    true_moves,
)
from server.people.weeks import fixing_week, monday_of, period_of, week_before, weeks_of_period, window_of
from server.privacy.people_of_week import Absence, Facts, HeldDevice, is_absent_all_week, people_of_week
from server.scoring.person_week import PersonWeek

WEEK = "2026-W10"  # 2 to 8 March


def d(day):
    return date(2026, 3, day)


def in_team(team, since=date(2020, 1, 1)):
    return Assignment(since, "U", team)


def test_unknown_hire_is_steady():
    assert stage_on(Person("p"), d(2)) == "steady"


def test_a_week_counts_for_the_stage_of_its_first_day_as_a_member():
    person = Person("p", hire=d(4), assignments=(in_team("A", d(4)),))
    assert reference_day(person, WEEK) == d(4)
    assert [member.stage for member in members_of_week([person], WEEK)] == ["onboarding"]


@pytest.mark.parametrize("person", [Person("p", hire=d(9)), Person("p", hire=d(1), last_day=d(1))])
def test_who_comes_after_sunday_or_left_before_monday_is_no_member(person):
    assert members_of_week([person], WEEK) == []


def test_a_feed_ends_membership_the_day_before_left():
    person = Person("p", feed=(("steady", d(1)), ("left", d(4))))
    assert person.is_member(d(3))
    assert not person.is_member(d(4))


def test_a_team_that_becomes_known_is_no_move():
    person = Person("p", assignments=(in_team(None), in_team("A", d(1))))
    assert true_moves([person]) == {}


def test_absence_of_the_whole_week_means_every_working_day_as_a_member():
    person = Person("p", hire=d(4))
    assert is_absent_all_week(person, WEEK, [Absence(d(4), d(5)), Absence(d(6))])
    assert not is_absent_all_week(person, WEEK, [Absence(d(4), d(5))])
    assert not is_absent_all_week(Person("q", hire=d(7)), WEEK, [Absence(d(1))])  # no working day of theirs


def outcomes(people, weeks=None, devices=None, absences=None):
    facts = Facts(weeks or {}, devices, absences or {})
    return [(row.outcome, row.eligible) for row in people_of_week(people, WEEK, {}, facts)]


def test_why_somebody_is_not_in_the_number():
    people = [Person(name) for name in ("none", "boxed", "silent", "short", "away", "busy")]
    ready = [HeldDevice(d(1), None, d(1))]
    weeks = {"short": PersonWeek(False, 2.0), "busy": PersonWeek(True, 9.0)}
    devices = {"boxed": [HeldDevice(d(1), None, d(3))], "silent": ready, "short": ready, "away": ready}
    assert outcomes(people, weeks, devices, {"away": [Absence(d(1), d(9))]}) == [
        ("no_device", False),
        ("not_enrolled", False),
        ("nothing_on_time", True),
        ("too_little_use", True),
        (None, False),
        ("too_few_signals", True),  # active without an assigned device: eligible in any case
    ]


def test_weeks_and_quarters():
    assert window_of("2026-W02") == ["2025-W51", "2025-W52", "2026-W01", "2026-W02"]
    assert [fixing_week(f"2026-W{n}") for n in ("13", "14", "39", "53")] == [
        "2026-W01",
        "2026-W14",
        "2026-W27",
        "2026-W40",
    ]
    assert week_before("2026-W01") == "2025-W52"
    with pytest.raises(ValueError, match="is not an ISO week"):
        monday_of("2025-W53")


def test_pulse_periods():
    assert weeks_of_period("2026-P03") == ["2026-W09", "2026-W10", "2026-W11", "2026-W12"]
    assert len(weeks_of_period("2026-P13")) == 5
    assert period_of("2026-W53") == "2026-P13"
    with pytest.raises(ValueError, match="is not a pulse period"):
        weeks_of_period("2026-P14")


BACK = Person(
    "p",
    hire=d(5),
    assignments=(in_team("A"), in_team("B", d(5))),
    earlier=(Spell(last_day=d(3), hire=date(2020, 1, 1), notice=date(2026, 2, 1), known=date(2026, 2, 1)),),
)


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2026, 1, 31), "steady"),
        (d(3), "offboarding"),
        (d(4), "not_started"),
        (d(5), "onboarding"),
        (date(2026, 4, 4), "training"),
        (date(2026, 7, 1), "steady"),
    ],
)
def test_the_clock_begins_again_for_who_comes_back(day, stage):
    assert stage_on(BACK, day) == stage
    assert BACK.is_member(day) == (stage != "not_started")


def test_a_week_of_leaving_and_coming_back_is_that_of_its_first_day():
    later = replace(BACK, earlier=(replace(BACK.earlier[0], last_day=date(2026, 3, 1)),))
    assert [reference_day(person, WEEK) for person in (BACK, later)] == [d(2), d(5)]
    assert [m.stage for m in members_of_week([BACK, later], WEEK)] == ["offboarding", "onboarding"]


def test_a_change_that_the_directory_calls_a_reorganisation_is_no_move():
    told = replace(in_team("B", d(3)), reorganised=True)
    people = [Person("told", assignments=(in_team("A"), told))]
    people.append(Person("not told", assignments=(in_team("A"), in_team("B", d(3)))))
    people += [Person("of A", assignments=(in_team("A"),)), Person("of B", assignments=(in_team("B"),))]
    assert true_moves(people) == {"not told": [d(3)]}
