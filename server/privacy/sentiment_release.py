"""From the answers of a closed pulse period to its released histograms (docs/scoring.md 8).

Answers carry labels, no person: rows by organisation and, apart from them, rows by stage.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.privacy.plan import COMPANY, Place, Plan, threshold_and_closing
from server.privacy.records import SentimentPeriod
from server.scoring.parameters import K
from server.scoring.sentiment import Histogram, answer_value
from server.scoring.variance import Pool, pool_of


@dataclass(frozen=True)
class LabelledAnswers:
    """How many answered so under a label: reporting team, else unit, else company, or stage, else company."""

    place: Place
    answer: int
    count: int


@dataclass(frozen=True)
class PeriodAnswers:
    """All answers of one period, once by row label and once by column label; no joint table exists."""

    period: str
    rows: tuple[LabelledAnswers, ...]
    columns: tuple[LabelledAnswers, ...]


def make_sentiment_period(answers: PeriodAnswers, k: int = K) -> SentimentPeriod:
    """What of a period may be published: groups with enough answers, none that comes out by subtraction."""
    plan = threshold_and_closing(_crowd(answers.rows), k)
    groups = _histograms(answers.rows, plan)
    columns = threshold_and_closing(_crowd(answers.columns), k)
    by_stage = _histograms(answers.columns, columns)
    if COMPANY in groups:
        groups.update({group: counts for group, counts in by_stage.items() if group.startswith("stage:")})
    return SentimentPeriod(answers.period, k, groups=groups, pool=_pool(answers.rows, plan))


def _crowd(rows: Iterable[LabelledAnswers]) -> Mapping[Place, int]:
    crowd: Counter[Place] = Counter()
    for row in rows:
        crowd[row.place] += row.count
    return +crowd


def _histograms(rows: Iterable[LabelledAnswers], plan: Plan) -> dict[str, Histogram]:
    histograms: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        for group in plan.groups_of(row.place):
            histograms[group][row.answer] += row.count
    return {group: dict(sorted((+counts).items())) for group, counts in sorted(histograms.items())}


def _pool(rows: Iterable[LabelledAnswers], plan: Plan) -> Pool:
    """Spread of single answers inside the finest published groups."""
    if plan.company is None:
        return Pool()
    nodes: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        nodes[plan.row_node(row.place)][row.answer] += row.count
    return pool_of([answer_value(answer) for answer in counts.elements()] for counts in nodes.values())
