"""How far the weights, which are a convention, decide who stands where (docs/scoring.md 12)."""

from collections.abc import Iterable, Mapping

from server.scoring.parameters import SIGNALS
from server.scoring.technology import Technology

VARIATION = 0.25


def reweighted(technology: Technology, factors: Mapping[str, float]) -> float:
    """The technology score if the weights of these signals were multiplied so."""
    weights = {s: signal.share * factors.get(s, 1.0) for s, signal in technology.signals.items()}
    points = sum(weights[s] * signal.score for s, signal in technology.signals.items())
    return points / sum(weights.values())


def rank_ranges(groups: Mapping[str, Technology]) -> dict[str, tuple[int, int]]:
    """Best and worst rank (1 is best) of each group while each weight in turn moves by 25 % up and down."""
    rankings = [_ranks(groups, {})]
    for signal in SIGNALS:
        for factor in (1 - VARIATION, 1 + VARIATION):
            rankings.append(_ranks(groups, {signal: factor}))
    return {group: _range(ranks[group] for ranks in rankings) for group in groups}


def _ranks(groups: Mapping[str, Technology], factors: Mapping[str, float]) -> dict[str, int]:
    scores = {group: reweighted(technology, factors) for group, technology in groups.items()}
    return {group: 1 + sum(other > score for other in scores.values()) for group, score in scores.items()}


def _range(ranks: Iterable[int]) -> tuple[int, int]:
    found = list(ranks)
    return min(found), max(found)
