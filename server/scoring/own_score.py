"""A person's own score of a day, seen by that person alone (docs/scoring.md 9.6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.scoring.parameters import GAUGES, IN_FORCE, OWN_PRIOR_EVENTS, RATES, Model


@dataclass(frozen=True)
class OwnScore:
    """Scores by signal, the sum of their weights, and their weighted mean (None if too few signals)."""

    signals: Mapping[str, float]
    weight: float
    score: float | None


def own_score(
    gauge_values: Mapping[str, float | None],
    events: Mapping[str, tuple[float, float]],
    company_rates: Mapping[str, float],
    model: Model = IN_FORCE,
) -> OwnScore:
    """From the day's raw gauge values, (events, hours) of 28 days, and the company's rates."""
    signals: dict[str, float] = {}
    for s in GAUGES:
        signal = model.signals[s]
        value = gauge_values.get(s)
        if value is not None and signal.lowest <= value <= signal.highest:
            signals[s] = signal.curve(value)
    for s in RATES:
        signal = model.signals[s]
        if s in events and company_rates.get(s, 0) > 0:
            y, e = events[s]
            prior_hours = OWN_PRIOR_EVENTS / (company_rates[s] / signal.per_hours)
            signals[s] = signal.curve((OWN_PRIOR_EVENTS + y) / (prior_hours + e) * signal.per_hours)
    weight = model.weight_of(signals)
    if not model.enough_weight(signals):
        return OwnScore(signals, weight, None)
    total = sum(model.signals[s].weight * score for s, score in signals.items())
    return OwnScore(signals, weight, total / weight)
