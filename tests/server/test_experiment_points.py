"""What an experiment measures, in points of one person or one team."""

import pytest

from server.experiments.points import Measure, WeekOfPerson, points_of_teams, unit_of_person
from server.privacy.records import BaseGroup, GaugeSum, Release
from server.scoring.parameters import IN_FORCE


def test_a_person_is_measured_by_the_same_signals_before_and_since() -> None:
    before = [WeekOfPerson(True, {"boot": 50.0, "signin": 60.0})] * 2
    since = [WeekOfPerson(True, {"signin": 80.0, "patch": 10.0})]
    assert unit_of_person(before, since, Measure("signin", IN_FORCE, {})) == (60.0, 80.0)
    assert unit_of_person(before, since, Measure("technology", IN_FORCE, {})) is None
    assert unit_of_person(before[:1], since, Measure("signin", IN_FORCE, {})) is None


def test_lost_time_is_in_points_of_the_time_that_is_not_lost() -> None:
    before, since = WeekOfPerson(True, lost=(60.0, 10.0)), WeekOfPerson(True, lost=(30.0, 10.0))
    x, y = unit_of_person([before] * 2, [since], Measure("lost", IN_FORCE, {}))
    assert (x, y) == pytest.approx((90, 95))


def test_the_basket_of_teams_is_the_same_for_all_of_them_and_all_weeks() -> None:
    groups = {f"team:{team}": BaseGroup(9, 9) for team in "ab"}
    full = {signal: dict.fromkeys(groups, GaugeSum(9, 450.0)) for signal in ("boot", "signin")}
    less = full | {"boot": {"team:a": GaugeSum(9, 900.0)}}
    releases = [Release("2026-W10", base=groups, gauges=full), Release("2026-W11", base=groups, gauges=less)]
    names = {team: [f"team:{team}"] * 2 for team in "ab"}
    assert points_of_teams(releases, names, Measure("boot", IN_FORCE, {})) == {}
    signin = points_of_teams(releases, names, Measure("signin", IN_FORCE, {}))
    assert signin == {"a": [50.0, 50.0], "b": [50.0, 50.0]}
