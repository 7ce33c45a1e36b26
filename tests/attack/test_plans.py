"""What a plan lets out of thousands of organisations, attacked by rank, for every least number of people."""

import random
from collections import Counter

import pytest
from attack.combinations import disclosed
from attack.simulated import plain_threshold

from server.privacy.plan import Place, plan_of

STAGES = ("onboarding", "training", "steady", "offboarding")
LEAST = (2, 3, 4, 5)
SAMPLE = 30
"""Of a larger organisation so many of its small places are tried, in all sets."""


def organisation(rng: random.Random, units: int, teams: int, most: int) -> Counter[Place]:
    """How many people stand at each place; at many of them few."""
    stages = rng.sample(STAGES, rng.randint(2, len(STAGES)))
    crowd: Counter[Place] = Counter()
    for unit in range(rng.randint(1, units)):
        for team in range(rng.randint(1, teams)):
            for stage in stages:
                crowd[Place(f"U{unit}", f"T{unit}{team}", stage)] = rng.randint(0, most)
    return +crowd


def attack_small(seeds: range) -> tuple[list[str], int]:
    """Disclosures under the plan, and in how many organisations the plain threshold has some."""
    found, leaking = [], 0
    for seed in seeds:
        k = LEAST[seed % len(LEAST)]
        crowd = organisation(random.Random(seed), units=3, teams=3, most=k + 2)
        if victims := disclosed(crowd, plan_of(crowd, k).sizes(), k):
            found.append(f"organisation {seed}, k = {k}: {victims}")
        leaking += disclosed(crowd, plain_threshold(crowd, k), k) is not None
    return found, leaking


def attack_large(seeds: range) -> tuple[list[str], int]:
    """The same of organisations of some hundreds of people, where sets of a sample of places are tried."""
    found, leaking = [], 0
    for seed in seeds:
        rng, k = random.Random(seed), LEAST[seed % len(LEAST)]
        crowd = organisation(rng, units=12, teams=6, most=2 * k)
        small = [place for place, n in crowd.items() if n < k]
        sample = set(rng.sample(small, min(SAMPLE, len(small))))
        if victims := disclosed(crowd, plan_of(crowd, k).sizes(), k, sample):
            found.append(f"organisation {seed}, k = {k}: {victims}")
        leaking += disclosed(crowd, plain_threshold(crowd, k), k, sample) is not None
    return found, leaking


def test_no_combination_isolates_anybody_in_two_thousand_organisations() -> None:
    found, leaking = attack_small(range(2000))
    assert found == []
    assert leaking > 1500, "the attack must find what the plain threshold lets through"


def test_no_combination_isolates_anybody_in_larger_organisations() -> None:
    found, leaking = attack_large(range(40))
    assert found == []
    assert leaking > 30


@pytest.mark.soak
def test_no_combination_isolates_anybody_in_many_thousands_of_organisations() -> None:
    small, _ = attack_small(range(10_000, 40_000))
    large, _ = attack_large(range(10_000, 10_300))
    assert small + large == []
