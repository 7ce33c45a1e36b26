"""Reporting groups: none too small, everybody in one, nobody moved without need."""

import hypothesis.strategies as st
from hypothesis import given, settings

from server.people.groups import (
    Headcount,
    Placed,
    chained,
    continuation,
    continue_groups,
    place_late_team,
    reporting_groups,
    settle,
)

LEAST = 7
SIZES = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(1, 30), min_size=1)


@given(SIZES)
def test_every_name_is_in_one_group_and_none_is_too_small(sizes):
    groups = settle(sizes, [], LEAST)
    assert sorted(name for names in groups for name in names) == sorted(sizes)
    for names in groups:
        assert sum(sizes[name] for name in names) >= LEAST or len(groups) == 1


@settings(max_examples=60)
@given(SIZES, st.randoms(use_true_random=False))
def test_the_order_of_teams_changes_nothing(sizes, rng):
    names = list(sizes)
    rng.shuffle(names)
    assert settle({name: sizes[name] for name in names}, [], LEAST) == settle(sizes, [], LEAST)


@given(SIZES)
def test_groups_stay_from_quarter_to_quarter_while_headcounts_stay(sizes):
    once = settle(sizes, [], LEAST)
    assert settle(sizes, once, LEAST) == once


HEAD = [Headcount("Product", "Web", 12), Headcount("Product", "Data", 8), Headcount("Sales", "North", 9)]
GROUPS = reporting_groups(HEAD)


def test_a_late_team_joins_the_smallest_group_of_its_unit():
    assert place_late_team("Design", "Product", GROUPS, HEAD) == Placed("Product", "Data")


def test_a_late_team_of_an_unknown_unit_joins_the_smallest_group_of_all():
    assert place_late_team("Lab", "Research", GROUPS, HEAD) == Placed("Product", "Data")
    assert place_late_team("Lab", None, GROUPS, HEAD) == Placed("Product", "Data")


def test_late_teams_stand_in_the_groups_of_the_next_quarter():
    known = {**GROUPS, "Design": place_late_team("Design", "Product", GROUPS, HEAD)}
    after = reporting_groups([*HEAD, Headcount("Product", "Design", 3)], previous=known)
    assert after["Design"] == Placed("Product", "Data + Design")


def test_a_team_in_two_units_is_one_team_of_the_larger_part():
    groups = reporting_groups(
        [Headcount("A", "Support", 8), Headcount("B", "Support", 9), Headcount("A", "x", 7)]
    )
    assert groups["Support"] == Placed("B", "Support")


def test_a_trend_can_be_followed_over_two_quarters():
    first = {"a": Placed("U", "a"), "b": Placed("U", "b")}
    second = {"a": Placed("U", "a + c"), "c": Placed("U", "a + c"), "b": Placed("U", "b")}
    third = {"a": Placed("U", "a"), "c": Placed("U", "c"), "b": Placed("U", "b")}
    head = [Headcount("U", "a", 20), Headcount("U", "b", 20), Headcount("U", "c", 2)]
    newer = continuation(continue_groups(head, second, head, third))
    older = continuation(continue_groups(head, first, head, second))
    assert newer["team:a"] == "a + c"
    assert chained(newer, older) == {"unit:U": "U", "team:a": "a", "team:b": "b"}


def test_four_fifths_in_common_are_just_enough_for_a_trend():
    def line(stayed):
        old, new = [Headcount("U", "a", 10)], [Headcount("U", "a", stayed)]
        groups = {"a": Placed("U", "a")}, {"a": Placed("U", "a + z")}
        return continue_groups(old, groups[0], new, groups[1])["team"]["a + z"]

    assert line(8) == ("a", "continued")
    assert line(7) is None
    assert line(0) is None
