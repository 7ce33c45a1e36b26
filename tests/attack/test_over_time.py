"""Releases that the product itself made, attacked by rank: from people and laptops' days to stored sums."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import company
import pytest
from attack.combinations import disclosed

from server.db import Store
from server.people.groups import Placed
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.people.queries import quarter_groups
from server.people.weeks import fixing_week, monday_of, week_before
from server.privacy.plan import Place
from server.privacy.release_store import load_releases
from server.privacy.weekly import release_week
from server.scoring.lost_time import LOST
from server.scoring.parameters import GAUGES, RATES

FIRST_WEEK = "2026-W10"
K = 5
HIRES = {"onboarding": "2026-02-20", "training": "2026-01-05", "steady": "2020-01-06"}


@dataclass
class Somebody:
    """A person of the simulation, and which signals the laptop measures."""

    name: str
    unit: str
    team: str
    stage: str
    dying: bool
    gauges: set[str]
    rates: set[str]
    days: list[dict[str, Any]] = field(default_factory=list)

    def is_active(self) -> bool:
        return not self.dying


def small_organisation(rng: random.Random) -> list[Somebody]:
    people = []
    stages = rng.sample(sorted(HIRES), rng.randint(2, 3))
    for unit in range(rng.randint(1, 3)):
        for team in range(rng.randint(1, 3)):
            for stage in stages:
                for _ in range(rng.randint(0, 6)):
                    people.append(somebody(rng, f"p{len(people)}", f"U{unit}", f"T{unit}{team}", stage))
    return people


def somebody(rng: random.Random, name: str, unit: str, team: str, stage: str) -> Somebody:
    return Somebody(
        name,
        unit,
        team,
        stage,
        dying=rng.random() < 0.08,
        gauges={s for s in GAUGES if rng.random() < 0.85},
        rates={s for s in RATES if rng.random() < 0.85},
    )


def days_of(rng: random.Random, person: Somebody, week: str) -> list[dict[str, Any]]:
    """Two whole days, or three of twenty minutes each on a laptop that dies."""
    hours = [0.3, 0.3, 0.3] if person.dying else [6.0, 7.0]
    days = []
    for number, use in enumerate(hours):
        day: dict[str, Any] = {
            "device": person.name,
            "date": str(monday_of(week) + timedelta(days=number)),
            "usage_hours": use,
        }
        day |= {GAUGES[s].field: rng.uniform(*VALUES[s]) for s in person.gauges}
        for s in person.rates:
            day |= {RATES[s].field: rng.randint(0, 2), RATES[s].hours_field: use}
        days.append(day)
    return days


VALUES = dict.fromkeys(GAUGES, (0.1, 0.9)) | {
    "boot": (10, 100),
    "signin": (5, 60),
    "latency": (5, 200),
    "battery": (50, 100),
    "space": (5, 60),
    "patch": (0, 40),
}


def contributors(people: list[Somebody], groups: dict[str, Placed]) -> dict[str, Counter[Place]]:
    """Who is behind the sums of each signal, known from the simulation, not from the product."""

    def crowd(chosen: list[Somebody]) -> Counter[Place]:
        return Counter(Place(groups[p.team].unit, groups[p.team].team, p.stage) for p in chosen)

    crowds = {"base": crowd([p for p in people if p.is_active()])}
    for signal in GAUGES:
        crowds[signal] = crowd([p for p in people if p.is_active() and signal in p.gauges])
    for signal in RATES:
        crowds[signal] = crowd([p for p in people if signal in p.rates])
    crowds[LOST] = crowd(people)
    return crowds


def plain_threshold(crowd: Counter[Place]) -> set[str]:
    sizes: Counter[str] = Counter()
    for (unit, team, stage), n in crowd.items():
        for group in (
            "company:company",
            f"unit:{unit}",
            f"team:{team}",
            f"stage:{stage}",
            f"unit_stage:{unit}|{stage}",
            f"cell:{team}|{stage}",
        ):
            sizes[group] += n
    return {group for group, n in sizes.items() if n >= K}


def live_through(store: Store, org: Organisation, rng: random.Random, weeks: int) -> tuple[list[str], bool]:
    """Simulate weeks with joiners; disclosures found in the releases, and whether the plain rule leaks."""
    people = small_organisation(rng)
    with store.transaction() as session:
        for person in people:
            hire_in(session, org, person, HIRES[person.stage])
    found, leaks = [], False
    for number in range(weeks):
        week = week_before(FIRST_WEEK, -number)
        if number:
            joiner = somebody(rng, f"p{len(people)}", "U0", "T00", "onboarding")
            people.append(joiner)
            with store.transaction() as session:
                hire_in(session, org, joiner, str(monday_of(week)))
        company.send_days(store, org.org_id, [day for p in people for day in days_of(rng, p, week)])
        release = release_week(store, org.org_id, week, company.after(week)).release
        with store.reading() as session:
            assert load_releases(session, org.org_id, [week]) == [release]
            groups = quarter_groups(session, org.org_id, fixing_week(week))
        if groups is None:
            assert sum(p.is_active() for p in people) < K
            assert not release.base
            continue
        sums = {"base": release.base, **release.gauges, **release.rates}
        crowds = contributors(people, dict(groups.placed))
        assert release.base.get("company:company") is not None
        found += [
            f"{org.slug} {week} {signal}: {victims}"
            for signal, crowd in crowds.items()
            if (victims := disclosed(crowd, sums.get(signal, {}), K))
        ]
        leaks |= disclosed(crowds["base"], plain_threshold(crowds["base"]), K) is not None
    return found, leaks


def hire_in(session: Any, org: Organisation, person: Somebody, hire: str) -> None:
    row = {"person": person.name, "hire": hire}
    place = {"person": person.name, "from": hire, "unit": person.unit, "team": person.team}
    company.bring_in_people(session, org, [row], [place])
    since = date.fromisoformat(hire)
    company.enrol(session, org.org_id, person.name, person.name, since, since)


def attack(store: Store, seeds: range, weeks: int) -> tuple[list[str], int]:
    found, leaking = [], 0
    for seed in seeds:
        with store.transaction() as session:
            org = create_organisation(session, f"small{seed}", "Small", monday_of(FIRST_WEEK))
        disclosures, leaks = live_through(store, org, random.Random(seed), weeks)
        found += disclosures
        leaking += leaks
    return found, leaking


def test_nobody_can_be_isolated_in_releases_that_the_product_made(sqlite_store: Store) -> None:
    found, leaking = attack(sqlite_store, range(8), weeks=2)
    assert found == []
    assert leaking > 4, "the attack must find what the plain threshold lets through"


@pytest.mark.soak
def test_nobody_can_be_isolated_in_many_releases(store: Store) -> None:
    found, leaking = attack(store, range(100, 300), weeks=3)
    assert found == []
    assert leaking > 100
