"""Whether two arms drawn by lot are so mixed that their difference singles nobody out (docs/scoring.md 11.1).

Every published sum of a week is constant on people who share unit, team and stage. A difference of arms is
not: there it has one value for those who were drawn and another for those who were not. So whatever is
added to it or taken from it, among the people of one such place only one of the two can be cancelled, and
at least the fewer of them stay. Added up over all places, so many people are touched by any combination.
"""

from collections import Counter
from collections.abc import Iterable

from server.privacy.plan import Place

LEAST_IN_ARM = 20
"""People in each arm of a published reading: one of them moves it by five points at most."""


def touched_at_least(drawn: Iterable[tuple[Place, bool]]) -> int:
    """How many people any combination with other published sums touches; from place, and whether drawn."""
    sizes = Counter(drawn)
    places = {place for place, _ in sizes}
    return sum(min(sizes[place, True], sizes[place, False]) for place in places)


def may_be_published(drawn: Iterable[tuple[Place, bool]], k: int) -> bool:
    """Whether arms of these people may be set against each other."""
    people = list(drawn)
    treated = sum(is_drawn for _, is_drawn in people)
    return min(treated, len(people) - treated) >= LEAST_IN_ARM and touched_at_least(people) >= k
