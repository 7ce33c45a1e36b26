"""Releases that the product itself made, week after week while people come, go and move, attacked by rank."""

import random

import pytest
from attack.combinations import disclosed
from attack.simulated import Life, begin, plain_threshold

from server.db import Store
from server.privacy.release_store import load_releases

K = 5


def found_in(life: Life) -> list[str]:
    """Whom the releases disclose."""
    found = []
    for week, release in life.releases.items():
        with life.store.reading() as session:
            assert load_releases(session, life.org.org_id, [week]) == [release]
        if week not in life.crowds:
            assert not release.base, "nothing is published before there are reporting groups"
            continue
        assert "company:company" in release.base
        sums = {"base": release.base, **release.gauges, **release.rates}
        for signal, crowd in life.crowds[week].signals.items():
            if victims := disclosed(crowd, sums.get(signal, {}), K):
                found.append(f"{life.org.slug} {week} {signal}: {victims}")
    return found


def would_leak(life: Life) -> bool:
    """Whether the plain threshold discloses somebody in any week."""
    crowds = [found.signals["base"] for found in life.crowds.values()]
    return any(disclosed(crowd, plain_threshold(crowd, K), K) is not None for crowd in crowds)


def attack(store: Store, seeds: range, weeks: int) -> tuple[list[str], int]:
    """Disclosures found, and in how many organisations the plain threshold has some."""
    found, leaking = [], 0
    for seed in seeds:
        life = begin(store, f"small{seed}", random.Random(seed))
        life.live(weeks)
        found += found_in(life)
        leaking += would_leak(life)
    return found, leaking


def test_nobody_can_be_isolated_in_releases_that_the_product_made(sqlite_store: Store) -> None:
    found, leaking = attack(sqlite_store, range(4), weeks=2)
    assert found == []
    assert leaking > 1, "the attack must find what the plain threshold lets through"


@pytest.mark.soak
def test_nobody_can_be_isolated_in_many_releases(store: Store) -> None:
    found, leaking = attack(store, range(100, 300), weeks=3)
    assert found == []
    assert leaking > 100
