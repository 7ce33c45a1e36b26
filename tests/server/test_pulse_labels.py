"""Which label a person's answers get: never one that stands for few, not even by taking others away."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pulse.labels import COMMENT, LEAST, Candidate, Label, label_people, least_people


def people(unit: str, team: str, number: int, stage: str = "steady", able: bool = True) -> list[Candidate]:
    return [Candidate(f"{unit}/{team}/{stage}/{able}/{i}", unit, team, stage, able) for i in range(number)]


def sizes(candidates: list[Candidate], least: int = LEAST) -> dict[str, int]:
    return {label.name: n.eligible for label, n in label_people(candidates, least).labels.items()}


def test_every_large_team_and_stage_has_a_label_of_its_own() -> None:
    company = people("U", "A", 9) + people("U", "B", 8, "onboarding") + people("V", "C", 10)
    assert sizes(company) == {
        "row:team:A": 9,
        "row:team:B": 8,
        "row:team:C": 10,
        "col:stage:steady": 19,
        "col:stage:onboarding": 8,
        "comment:company": 27,
    }


def test_a_small_team_is_counted_with_its_unit_and_takes_a_neighbour_along() -> None:
    company = people("U", "A", 9) + people("U", "B", 12) + people("U", "C", 3) + people("V", "D", 8)
    assert sizes(company) == {
        "row:team:B": 12,
        "row:unit:U": 12,
        "row:team:D": 8,
        "col:stage:steady": 32,
        "comment:company": 32,
    }


def test_a_small_unit_is_counted_with_the_company() -> None:
    company = people("U", "A", 9) + people("V", "B", 12) + people("W", "C", 3)
    assert sizes(company) == {
        "row:team:B": 12,
        "row:company": 12,
        "col:stage:steady": 24,
        "comment:company": 24,
    }


def test_a_small_stage_takes_the_smallest_large_one_along() -> None:
    company = people("U", "A", 8, "onboarding") + people("U", "A", 20) + people("U", "A", 1, "offboarding")
    assert {n: size for n, size in sizes(company).items() if n.startswith("col")} == {
        "col:company": 9,
        "col:stage:steady": 20,
    }


def test_who_cannot_be_asked_counts_as_a_member_and_not_as_cover() -> None:
    company = people("U", "A", 8) + people("U", "A", 5, able=False) + people("U", "B", 7)
    found = label_people(company, LEAST)
    assert {label.name: (n.members, n.eligible) for label, n in found.labels.items()} == {
        "row:unit:U": (20, 15),
        "col:stage:steady": (20, 15),
        "comment:company": (20, 15),
    }
    assert len(found.rows) == 15


def test_a_company_with_too_few_people_is_not_asked() -> None:
    assert not label_people(people("U", "A", 7) + people("U", "A", 20, able=False), LEAST).labels


@pytest.mark.parametrize(("k", "least"), [(5, 8), (8, 8), (12, 12)])
def test_a_label_needs_eight_people_or_k(k: int, least: int) -> None:
    assert least_people(k) == least


CANDIDATES = st.lists(
    st.tuples(
        st.sampled_from(["", "U", "V", "W"]),
        st.sampled_from(["", "A", "B", "C"]),
        st.sampled_from(["onboarding", "steady", "offboarding"]),
        st.booleans(),
    ),
    max_size=90,
)


@given(CANDIDATES, st.integers(2, 12))
def test_no_label_and_no_remainder_is_ever_too_small(
    drawn: list[tuple[str, str, str, bool]], least: int
) -> None:
    company = [
        Candidate(str(i), unit, f"{unit}{team}" if unit and team else "", stage, able)
        for i, (unit, team, stage, able) in enumerate(drawn)
    ]
    able = {c.person for c in company if c.eligible}
    found = label_people(company, least)
    if len(able) < least:
        assert not found.labels
        return
    assert set(found.rows) == set(found.columns) == able
    for assigned in (found.rows, found.columns):
        counts = Counter(assigned.values())
        assert all(counts[label] == found.labels[label].eligible >= least for label in counts)
        _no_group_hides_few(company, assigned, least)
    assert found.labels[COMMENT].eligible == len(able)


def _no_group_hides_few(company: list[Candidate], assigned: dict[str, Label], least: int) -> None:
    """The people of a unit who are counted above it are not told apart from others by subtraction."""
    above = Counter(label for label in assigned.values() if not label.group)
    assert all(size >= least for size in above.values())
    for person in company:
        if person.person in assigned:
            label = assigned[person.person]
            assert label.unit in ("", person.unit)
            assert label.team in ("", person.team)
            assert label.stage in ("", person.stage)
