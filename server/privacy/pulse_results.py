"""What may be shown of any question of a closed pulse period, not of the score's alone (docs/pulse.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.signals import PULSE_ITEMS
from server.privacy.sentiment_release import PeriodAnswers, make_sentiment_period
from server.scoring.enps import Enps, enps
from server.scoring.parameters import FEW_ANSWERS, FEW_HIGH, FEW_LOW
from server.scoring.variance import held

ENPS = "enps"
PROMOTERS, PASSIVES = (9, 10), (7, 8)
FACETS = frozenset(item for item in PULSE_ITEMS if item.startswith("f_"))


@dataclass(frozen=True)
class ItemResult:
    """A group's answers to one question. `mean` is 0..100, with few answers held away from the ends.

    The histogram is there from ten answers on. Of `enps` there is no mean, but the score itself.
    """

    group: str
    answers: int
    mean: float | None
    histogram: Mapping[int, int] | None
    enps: Enps | None = None


def item_results(item: str, answers: PeriodAnswers, k: int) -> list[ItemResult]:
    """Every group that may be shown for this question, the company first."""
    released = make_sentiment_period(answers, k).groups
    results = [_result(item, group, counts) for group, counts in released.items()]
    return [result for result in results if _may_be_shown(item, result)]


def _result(item: str, group: str, counts: Mapping[int, int]) -> ItemResult:
    n = sum(counts.values())
    histogram = counts if n >= FEW_ANSWERS else None
    if item == ENPS:
        promoters = sum(counts.get(value, 0) for value in PROMOTERS)
        passives = sum(counts.get(value, 0) for value in PASSIVES)
        return ItemResult(group, n, None, histogram, enps(promoters, passives, n - promoters - passives))
    low, high = min(PULSE_ITEMS[item]), max(PULSE_ITEMS[item])
    mean = sum(100 * (value - low) / (high - low) * count for value, count in counts.items()) / n
    return ItemResult(group, n, held(mean, FEW_LOW, FEW_HIGH) if n < FEW_ANSWERS else mean, histogram)


def _may_be_shown(item: str, result: ItemResult) -> bool:
    """Facets and the quarterly question need ten answers; facets are for company and units alone."""
    if item == ENPS:
        return result.answers >= FEW_ANSWERS
    if item in FACETS:
        return result.answers >= FEW_ANSWERS and result.group.startswith(("company:", "unit:"))
    return True
