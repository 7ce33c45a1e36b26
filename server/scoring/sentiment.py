"""Sentiment S of groups, from the released answers of the last periods (docs/scoring.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.scoring.means import Spread, pull, pulled_variance
from server.scoring.parameters import (
    ANSWER_STEP,
    ANSWERS_BETWEEN_DEFAULT,
    ANSWERS_BETWEEN_FLOOR,
    ANSWERS_DEFAULT,
    ANSWERS_FLOOR,
    ANSWERS_LEAST_FREEDOM,
    FEW_ANSWERS,
    FEW_HIGH,
    FEW_LOW,
)
from server.scoring.variance import Pool, between_groups, held

OWN, BORROWED_UNIT, BORROWED_COMPANY, ADDITIVE = "own", "borrowed:unit", "borrowed:company", "additive"
COMPANY = "company:company"

Histogram = Mapping[int, int]
"""Answer 1..5 -> how many gave it."""


@dataclass(frozen=True)
class Sentiment:
    """S of a group: value 0..100, variance, answers in the window (0 if not its own), and its source."""

    value: float
    variance: float
    answers: int
    source: str = OWN


@dataclass(frozen=True)
class SentimentScores:
    """S of every group with released answers, with what they share; `groups` empty without a company."""

    groups: Mapping[str, Sentiment]
    within: float
    between: float


@dataclass(frozen=True)
class _Answers:
    x: float
    n: float
    total: int


def answer_value(answer: int) -> float:
    """1..5 -> 0..100"""
    return ANSWER_STEP * (answer - 1)


def sentiment_scores(periods: Sequence[Mapping[str, Histogram]], pool: Pool) -> SentimentScores:
    """S of each group, from its released histograms in the window's periods and their pool."""
    groups = sorted({group for period in periods for group in period})
    answers = {group: _answers([p[group] for p in periods if group in p]) for group in groups}
    within = pool.variance(ANSWERS_FLOOR, ANSWERS_DEFAULT, ANSWERS_LEAST_FREEDOM)
    teams = [answers[group] for group in groups if group.startswith("team:")]
    between = between_groups(
        [team.x for team in teams],
        [within / team.n for team in teams],
        ANSWERS_BETWEEN_FLOOR,
        ANSWERS_BETWEEN_DEFAULT,
    )
    company = answers.get(COMPANY)
    if company is None:
        return SentimentScores({}, within, between)
    spread = Spread(within, between, len(teams))
    scores = {group: _shrunk(found, company, spread) for group, found in answers.items() if group != COMPANY}
    scores[COMPANY] = Sentiment(company.x, within / company.n, company.total)
    return SentimentScores(scores, within, between)


def _answers(histograms: Sequence[Histogram]) -> _Answers:
    """A period with few answers speaks with a softened mean."""
    weighted, total = 0.0, 0
    for histogram in histograms:
        n = sum(histogram.values())
        mean = sum(answer_value(answer) * count for answer, count in histogram.items()) / n
        weighted += n * (held(mean, FEW_LOW, FEW_HIGH) if n < FEW_ANSWERS else mean)
        total += n
    return _Answers(weighted / total, total / len(histograms), total)


def _shrunk(group: _Answers, company: _Answers, spread: Spread) -> Sentiment:
    towards = pull(group.n, spread)
    variance = pulled_variance(towards, spread.within / company.n, group.x - company.x, spread.groups)
    return Sentiment(towards.towards(group.x, company.x), variance, group.total)


def sentiment_of(group: str, scores: SentimentScores, unit_of_team: Mapping[str, str]) -> Sentiment | None:
    """S of any group: its own, borrowed from above, or added up; None if the company has none."""
    if COMPANY not in scores.groups:
        return None
    if group in scores.groups:
        return scores.groups[group]
    kind, name = group.split(":", 1)
    if kind in ("cell", "unit_stage"):
        left, stage = name.split("|", 1)
        left_kind = "team" if kind == "cell" else "unit"
        return _added_up(f"{left_kind}:{left}", f"stage:{stage}", scores, unit_of_team)
    unit = f"unit:{unit_of_team.get(name)}"
    if kind == "team" and unit in scores.groups:
        return _borrowed(scores.groups[unit], scores, BORROWED_UNIT)
    return _borrowed(scores.groups[COMPANY], scores, BORROWED_COMPANY)


def _borrowed(lender: Sentiment, scores: SentimentScores, source: str) -> Sentiment:
    return Sentiment(lender.value, lender.variance + scores.between, 0, source)


def _added_up(
    left: str, stage: str, scores: SentimentScores, unit_of_team: Mapping[str, str]
) -> Sentiment | None:
    row, column = sentiment_of(left, scores, unit_of_team), sentiment_of(stage, scores, unit_of_team)
    if row is None or column is None:
        return None
    company = scores.groups[COMPANY]
    value = held(row.value + column.value - company.value)
    return Sentiment(value, row.variance + column.variance + company.variance, 0, ADDITIVE)
