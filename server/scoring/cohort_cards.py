"""How people fared in a stage, in companies too small to show the stage itself (docs/scoring.md 9.5).

When somebody leaves a stage, the mean of the own scores of the last 89 days in it is queued. Every eight
make a card; until then they wait, and count as rows of persons.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor

from server.people.stages import STAGES
from server.scoring.parameters import COHORT, COHORT_DAYS, COHORT_STEP

CARD_STAGES = tuple(stage for stage in STAGES if stage != "steady")


@dataclass(frozen=True, order=True)
class Passage:
    """Somebody, not said who, left a stage on a day with this mean own score."""

    left: date
    score: float


@dataclass(frozen=True)
class CohortCard:
    """Eight passages: first and last month as `YYYY-MM`, mean to the nearest five points."""

    n: int
    first: str
    last: str
    score: int


def passage(left: date, own_scores: Iterable[tuple[date, float]]) -> Passage | None:
    """The queue entry of a stage left on a day, from (day, own score) of days in it; None without a score."""
    earliest = left - timedelta(days=COHORT_DAYS)
    scores = [score for day, score in own_scores if earliest <= day < left]
    return Passage(left, sum(scores) / len(scores)) if scores else None


def cohort_cards(queue: Iterable[Passage]) -> tuple[list[CohortCard], list[Passage]]:
    """The cards that a stage's queue makes, and the passages that go on waiting."""
    ordered = sorted(queue)
    full = len(ordered) // COHORT * COHORT
    return [_card(ordered[i : i + COHORT]) for i in range(0, full, COHORT)], ordered[full:]


def _card(passages: Sequence[Passage]) -> CohortCard:
    mean = sum(p.score for p in passages) / len(passages)
    rounded = COHORT_STEP * floor(mean / COHORT_STEP + 0.5)
    return CohortCard(len(passages), f"{passages[0].left:%Y-%m}", f"{passages[-1].left:%Y-%m}", rounded)
