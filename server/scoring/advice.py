"""What would help most people most: actions ranked by person-points (docs/scoring.md 11.6)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from server.scoring.parameters import PRIORITY_POINTS


@dataclass(frozen=True)
class Prospect:
    """Points that each of at least so many people of a group would gain if a signal reached its target."""

    group: str
    signal: str
    points: float
    people: int

    @property
    def person_points(self) -> float:
        return self.points * self.people


@dataclass(frozen=True)
class Action:
    """One signal put right in some groups, those with most to gain first; priority 1 is the most urgent."""

    signal: str
    groups: tuple[str, ...]
    person_points: float
    priority: int


def ranked_actions(prospects: Iterable[Prospect]) -> list[Action]:
    """One action for each signal. The prospects are of groups that share nobody, such as all teams."""
    by_signal: dict[str, list[Prospect]] = defaultdict(list)
    for prospect in prospects:
        if prospect.person_points > 0:
            by_signal[prospect.signal].append(prospect)
    actions = [_action(signal, found) for signal, found in by_signal.items()]
    return sorted(actions, key=lambda action: (-action.person_points, action.signal))


def priority(person_points: float) -> int:
    """1 from 150 person-points, 2 from 50, else 3."""
    return 1 + sum(person_points < least for least in PRIORITY_POINTS)


def _action(signal: str, prospects: Iterable[Prospect]) -> Action:
    ordered = sorted(prospects, key=lambda prospect: (-prospect.person_points, prospect.group))
    total = sum(prospect.person_points for prospect in ordered)
    return Action(signal, tuple(prospect.group for prospect in ordered), total, priority(total))
