"""Small organisations whose people come, go and move, told to the product in people's lists and days.

What is behind each published sum is known from here, not from the product.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import company
from sqlalchemy.orm import Session

from server.db import Store
from server.people.groups import Placed
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.people.queries import quarter_groups
from server.people.weeks import fixing_week, monday_of, week_before
from server.privacy.plan import Place
from server.privacy.records import Release
from server.privacy.weekly import release_week
from server.scoring.lost_time import LOST
from server.scoring.parameters import GAUGES, RATES, enough_weight

FIRST_WEEK = "2026-W10"
HIRES = {"onboarding": "2026-02-20", "training": "2026-01-05", "steady": "2020-01-06"}
VALUES = dict.fromkeys(GAUGES, (0.1, 0.9)) | {
    "boot": (10, 100),
    "signin": (5, 60),
    "latency": (5, 200),
    "battery": (50, 100),
    "space": (5, 60),
    "patch": (0, 40),
}
SEEN = 0.85
"""How often a laptop measures a signal."""


@dataclass
class Somebody:
    """A person with the place of now, and which signals the laptop measures. `since`: at this place;
    `dying`: the laptop never lasts for half an hour."""

    name: str
    unit: str
    team: str
    stage: str
    hire: str
    since: str
    dying: bool
    gauges: set[str]
    rates: set[str]

    @property
    def outcome(self) -> str:
        """Under which the funnel counts this person."""
        if self.dying:
            return "too_little_use"
        return "counted" if enough_weight(self.gauges | self.rates) else "too_few_signals"


@dataclass
class Crowds:
    """Who is behind what was released of a week: by signal (or `base`), and in the funnel by outcome."""

    signals: dict[str, Counter[Place]]
    funnel: Counter[Place]


@dataclass
class Life:
    """An organisation over weeks. `crowds`, `releases`: by week."""

    store: Store
    org: Organisation
    rng: random.Random
    people: list[Somebody]
    crowds: dict[str, Crowds] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)

    def live(self, weeks: int) -> None:
        """From the second week on somebody joins, somebody leaves, and somebody changes the team."""
        for number in range(weeks):
            week = week_before(FIRST_WEEK, -number)
            if number:
                with self.store.transaction() as session:
                    self._joins(session, monday_of(week))
                    self._leaves(session, monday_of(week))
                    self._moves(session, monday_of(week))
            days = [day for person in self.people for day in days_of(self.rng, person, week)]
            company.send_days(self.store, self.org.org_id, days)
            released = release_week(self.store, self.org.org_id, week, company.after(week))
            self.releases[week] = released.release
            with self.store.reading() as session:
                groups = quarter_groups(session, self.org.org_id, fixing_week(week))
            if groups is not None:
                self.crowds[week] = crowds_of(self.people, groups.placed)

    def _joins(self, session: Session, monday: date) -> None:
        joiner = somebody(self.rng, f"joined-{monday}", "U0", "T00", "onboarding", str(monday))
        self.people.append(joiner)
        hire_in(session, self.org, joiner)

    def _leaves(self, session: Session, monday: date) -> None:
        leaver = self.rng.choice(self.people[:-1])
        self.people.remove(leaver)
        last = str(monday - timedelta(days=1))
        _tell(session, self.org, leaver, last_day=last, known=last)

    def _moves(self, session: Session, monday: date) -> None:
        """Out of a team of three or more, so that it is neither renamed nor reorganised."""
        sizes = Counter((person.unit, person.team) for person in self.people)
        movable = [p for p in self.people if sizes[p.unit, p.team] >= 3 and p.since != str(monday)]
        if not movable or len(sizes) < 2:
            return
        mover = self.rng.choice(movable)
        mover.unit, mover.team = self.rng.choice([to for to in sizes if to != (mover.unit, mover.team)])
        mover.since = str(monday)
        if mover.stage == "steady":
            mover.stage = "role_change"
        _tell(session, self.org, mover)


def begin(store: Store, slug: str, rng: random.Random) -> Life:
    """Up to three units of up to three teams, with everybody's laptop, before the first week."""
    with store.transaction() as session:
        org = create_organisation(session, slug, "Small", monday_of(FIRST_WEEK))
        life = Life(store, org, rng, small_organisation(rng))
        for person in life.people:
            hire_in(session, org, person)
    return life


def small_organisation(rng: random.Random) -> list[Somebody]:
    people: list[Somebody] = []
    stages = rng.sample(sorted(HIRES), rng.randint(2, 3))
    for unit in range(rng.randint(1, 3)):
        for team in range(rng.randint(1, 3)):
            for stage in stages:
                for _ in range(rng.randint(0, 6)):
                    people.append(somebody(rng, f"p{len(people)}", f"U{unit}", f"T{unit}{team}", stage))
    return people


def somebody(
    rng: random.Random, name: str, unit: str, team: str, stage: str, hire: str | None = None
) -> Somebody:
    hire = hire or HIRES[stage]
    return Somebody(
        name,
        unit,
        team,
        stage,
        hire,
        since=hire,
        dying=rng.random() < 0.08,
        gauges={s for s in GAUGES if rng.random() < SEEN},
        rates={s for s in RATES if rng.random() < SEEN},
    )


def hire_in(session: Session, org: Organisation, person: Somebody) -> None:
    _tell(session, org, person)
    since = date.fromisoformat(person.hire)
    company.enrol(session, org.org_id, person.name, person.name, since, since)


def _tell(session: Session, org: Organisation, person: Somebody, **more: str) -> None:
    """A line of the list of people."""
    place = {"person": person.name, "from": person.since, "unit": person.unit, "team": person.team}
    company.bring_in_people(session, org, [{"person": person.name, "hire": person.hire, **more}], [place])


def days_of(rng: random.Random, person: Somebody, week: str) -> list[dict[str, Any]]:
    """Two whole days, or three of twenty minutes each on a laptop that dies."""
    days = []
    for number, use in enumerate([0.3, 0.3, 0.3] if person.dying else [6.0, 7.0]):
        day: dict[str, Any] = {
            "device": person.name,
            "date": str(monday_of(week) + timedelta(days=number)),
            "usage_hours": use,
        }
        day |= {GAUGES[s].field: rng.uniform(*VALUES[s]) for s in sorted(person.gauges)}
        for s in sorted(person.rates):
            day |= {RATES[s].field: rng.randint(0, 2), RATES[s].hours_field: use}
        days.append(day)
    return days


def crowds_of(people: list[Somebody], groups: Mapping[str, Placed]) -> Crowds:
    """Known from the simulation, not from the product; of the groups only how they are called."""

    def crowd(chosen: list[Somebody]) -> Counter[Place]:
        return Counter(Place(groups[p.team].unit, groups[p.team].team, p.stage) for p in chosen)

    active = [p for p in people if not p.dying]
    signals = {"base": crowd(active), LOST: crowd(people)}
    for signal in GAUGES:
        signals[signal] = crowd([p for p in active if signal in p.gauges])
    for signal in RATES:
        signals[signal] = crowd([p for p in people if signal in p.rates])
    return Crowds(signals, Counter(Place(groups[p.team].unit, None, p.outcome) for p in people))


def plain_threshold(crowd: Mapping[Place, int], k: int) -> set[str]:
    """Every group with at least k contributors: the rule that is not enough."""
    sizes: Counter[str] = Counter()
    for place, n in crowd.items():
        sizes.update(dict.fromkeys(groups_of(place), n))
    return {group for group, n in sizes.items() if n >= k}


def groups_of(place: Place) -> tuple[str, ...]:
    """Every group that a place lies in."""
    return (
        "company:company",
        f"unit:{place.unit}",
        f"team:{place.team}",
        f"stage:{place.stage}",
        f"unit_stage:{place.unit}|{place.stage}",
        f"cell:{place.team}|{place.stage}",
    )
