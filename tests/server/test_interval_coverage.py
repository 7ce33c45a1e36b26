"""Intervals of 95 % hold the truth about as often as they say, in companies whose truth is known.

`pytest -s tests/server/test_interval_coverage.py` prints the shares; with `--soak` of many more companies.
"""

import pytest
from known_truth import Coverage, World, coverage

BAD_IN_SEVERAL_WAYS = World()
EVEN_MORE_SO = World(laptop=9, person=3, laptop_rates=0.8, laptop_content=0.15)
EACH_ON_ITS_OWN = World(laptop=0, laptop_rates=0, laptop_content=0, person=8.5, person_rates=0.67)
COMPANIES = 25
TECHNOLOGY = ("team, technology", "unit, technology")
DEX = ("team, DEX", "unit, DEX")


def told(name: str, found: Coverage) -> Coverage:
    print(f"\n{name}", *found.told(), sep="\n  ")
    return found


def test_intervals_of_technology_hold_the_truth_in_90_to_98_percent() -> None:
    found = told("laptops are bad in several ways at once", coverage(BAD_IN_SEVERAL_WAYS, COMPANIES, seed=1))
    for name in TECHNOLOGY:
        assert 0.90 <= found.share(name) <= 0.98, name


def test_intervals_of_dex_are_never_too_narrow_and_somewhat_wide() -> None:
    """Errors of technology and of answers are taken to go together more than they do here."""
    found = told("the same, more strongly", coverage(EVEN_MORE_SO, COMPANIES, seed=2))
    for name in (*DEX, *TECHNOLOGY):
        assert 0.90 <= found.share(name) <= 0.99, name


@pytest.mark.soak
@pytest.mark.parametrize("world", [BAD_IN_SEVERAL_WAYS, EVEN_MORE_SO, EACH_ON_ITS_OWN, World(teams=8)])
def test_no_interval_is_too_narrow(world: World) -> None:
    """Also where faults of a laptop have nothing to do with each other: there they are wider than needed."""
    found = told(str(world), coverage(world, 1000, seed=3))
    for name in found.of:
        assert found.share(name) >= 0.90, name
