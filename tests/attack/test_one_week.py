"""Nobody can be singled out from released sums, however they are combined."""

import random
from collections import Counter

import pytest
from attack.combinations import disclosed
from attack.simulated import plain_threshold

from server.privacy.people_of_week import PersonInWeek
from server.privacy.plan import Place
from server.privacy.release import make_release
from server.privacy.sentiment_release import LabelledAnswers, PeriodAnswers, make_sentiment_period
from server.scoring.lost_time import CAUSES, LOST, LostMinutes
from server.scoring.parameters import GAUGES, RATES
from server.scoring.person_week import PersonWeek

K = 5
STAGES = ("onboarding", "training", "role_change", "steady", "offboarding")
OUTCOMES = ("no_device", "not_enrolled", "nothing_on_time", "too_little_use")


def small_organisation(rng: random.Random) -> list[PersonInWeek]:
    """Up to three units of up to three teams; some laptops lack a battery, some die, some people are away."""
    stages = rng.sample(STAGES, rng.randint(2, 4))
    rows = []
    for unit in range(rng.randint(1, 3)):
        for team in range(rng.randint(1, 3)):
            for stage in stages:
                place = Place(f"U{unit}", f"T{unit}{team}", stage)
                usual = 11 if stage == stages[0] else 5
                rows += [somebody(rng, place) for _ in range(rng.randint(0, usual))]
    return rows


def somebody(rng: random.Random, place: Place) -> PersonInWeek:
    if rng.random() < 0.1:
        return PersonInWeek(place, rng.random() < 0.5, rng.choice(OUTCOMES), None)
    active = rng.random() < 0.9
    gauges = {s: rng.uniform(0, 100) for s in GAUGES if rng.random() < 0.85} if active else {}
    rates = {s: (float(rng.randint(0, 3)), rng.uniform(1, 40)) for s in RATES if rng.random() < 0.85}
    lost = LostMinutes(dict.fromkeys(CAUSES, 1.0), 5.0, rng.uniform(1, 40))
    outcome = "counted" if active else "too_little_use"
    return PersonInWeek(place, True, outcome, PersonWeek(active, 20.0, gauges, rates, None, lost))


def contributors(rows: list[PersonInWeek]) -> dict[str, Counter[Place]]:
    """Who is behind the released sums, by signal; `base` are the active ones."""
    crowds = {"base": Counter(row.place for row in rows if row.active)}
    with_week = [row for row in rows if row.week is not None and row.eligible]
    for signal in GAUGES:
        crowds[signal] = Counter(r.place for r in with_week if r.active and signal in r.week.gauges)
    for signal in RATES:
        crowds[signal] = Counter(r.place for r in with_week if signal in r.week.rates)
    crowds[LOST] = Counter(r.place for r in with_week)
    return crowds


def attack(seeds: range) -> tuple[list[str], int, int]:
    """Disclosures found in releases; organisations open under the plain rule; groups published in all."""
    found, open_by_threshold, published = [], 0, 0
    for seed in seeds:
        rows = small_organisation(random.Random(seed))
        release = make_release("2026-W10", rows, {})
        sums = {"base": release.base, **release.gauges, **release.rates}
        for signal, crowd in contributors(rows).items():
            groups = sums.get(signal, {})
            published += len(groups)
            if victims := disclosed(crowd, groups, K):
                found.append(f"organisation {seed}, {signal}: {victims}")
        open_by_threshold += (
            disclosed(contributors(rows)["base"], plain_threshold(crowd_of(rows), K), K) is not None
        )
        outcomes = Counter(Place(r.place.unit, None, r.outcome) for r in rows if r.outcome)
        if victims := disclosed(outcomes, funnel_groups(release), K):
            found.append(f"organisation {seed}, funnel: {victims}")
    return found, open_by_threshold, published


def crowd_of(rows: list[PersonInWeek]) -> Counter[Place]:
    return contributors(rows)["base"]


def funnel_groups(release) -> list[str]:
    names = []
    for entry in release.funnel:
        if entry.unit is None:
            names.append("company:company" if entry.outcome is None else f"stage:{entry.outcome}")
        elif entry.outcome is None:
            names.append(f"unit:{entry.unit}")
        else:
            names.append(f"unit_stage:{entry.unit}|{entry.outcome}")
    return names


def test_no_combination_of_released_sums_isolates_anybody_in_small_organisations():
    organisations = 60
    found, open_by_threshold, published = attack(range(organisations))
    assert found == []
    assert published > 20 * organisations, "a plan that publishes nothing is safe, but useless"
    assert open_by_threshold > organisations / 2, "the attack must find what the plain threshold lets through"


@pytest.mark.soak
def test_no_combination_isolates_anybody_in_thousands_of_organisations():
    found, open_by_threshold, _ = attack(range(1000, 4000))
    assert found == []
    assert open_by_threshold > 1500


def test_no_combination_of_released_answers_isolates_anybody():
    for seed in range(100):
        rng = random.Random(seed)
        labels = [Place(None, None, None)]
        labels += [Place(f"U{u}", t and f"T{u}{t}", None) for u in range(3) for t in (None, 1, 2, 3)]
        rows = tuple(
            LabelledAnswers(p, rng.randint(1, 5), rng.randint(0, 7)) for p in labels for _ in range(2)
        )
        columns = tuple(LabelledAnswers(Place(None, None, s), 3, rng.randint(0, 9)) for s in (*STAGES, None))
        period = make_sentiment_period(PeriodAnswers("2026-P01", rows, columns))
        for answers, kinds in ((rows, ("company", "unit", "team")), (columns, ("company", "stage"))):
            crowd: Counter[Place] = Counter()
            for answer in answers:
                crowd[answer.place] += answer.count
            published = [group for group in period.groups if group.split(":")[0] in kinds]
            assert disclosed(+crowd, published, K) is None, f"seed {seed}"
