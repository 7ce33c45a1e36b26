"""Nobody can be singled out by a difference of arms, however it is combined with a week's released sums."""

import random
from collections import Counter

from attack.combinations import _dependent, is_in, null_space

from server.experiments.mixing import touched_at_least
from server.privacy.plan import Place, plan_of

K = 5
STAGES = ("onboarding", "steady", "offboarding")
DRAWN, NOT_DRAWN, OUTSIDE = "drawn", "not drawn", "outside"

Person = tuple[Place, str]


def organisation(rng: random.Random) -> list[Place]:
    places = [Place(f"U{u}", f"T{u}{t}", stage) for u in range(2) for t in range(2) for stage in STAGES]
    return [place for place in places for _ in range(rng.randint(0, 9))]


def by_chance(rng: random.Random, places: list[Place]) -> list[Person]:
    return [(place, rng.choice((DRAWN, NOT_DRAWN, OUTSIDE))) for place in places]


def by_team(rng: random.Random, places: list[Place]) -> list[Person]:
    """Two whole teams get the change, but for a single person who is in the other arm."""
    chosen = rng.sample(sorted({place.team for place in places}), 2)
    people = [(place, DRAWN if place.team in chosen else NOT_DRAWN) for place in places]
    people[0] = (people[0][0], DRAWN if people[0][1] == NOT_DRAWN else NOT_DRAWN)
    return people


def singled_out(people: list[Person]) -> bool:
    """Whether a combination of all released sums and the difference of the arms touches 1 to k-1 people."""
    crowd = Counter(people)
    classes = list(crowd)
    arms = Counter(arm for _, arm in people)
    weight = {DRAWN: arms[NOT_DRAWN], NOT_DRAWN: -arms[DRAWN], OUTSIDE: 0}  # of the difference, as integers
    groups = sorted(plan_of(Counter(place for place, _ in people), K).sizes())
    matrix = [[int(is_in(place, group)) for place, _ in classes] for group in groups]
    matrix.append([weight[arm] for _, arm in classes])
    sizes = [crowd[one] for one in classes]
    return any(_dependent(null_space(matrix, len(classes)), sizes, K))


def in_arms(people: list[Person]) -> list[tuple[Place, bool]]:
    return [(place, arm == DRAWN) for place, arm in people if arm != OUTSIDE]


def test_a_difference_of_mixed_arms_singles_nobody_out() -> None:
    published = 0
    for seed in range(30):
        rng = random.Random(seed)
        people = by_chance(rng, organisation(rng))
        if touched_at_least(in_arms(people)) >= K:
            published += 1
            assert not singled_out(people), seed
    assert published >= 20


def test_a_difference_of_arms_that_are_teams_would_and_is_withheld() -> None:
    found = 0
    for seed in range(10):
        rng = random.Random(seed)
        people = by_team(rng, organisation(rng))
        if singled_out(people):
            found += 1
            assert touched_at_least(in_arms(people)) < K
    assert found >= 5
