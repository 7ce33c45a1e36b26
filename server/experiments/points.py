"""What an experiment measures, in points of one person or one team (docs/scoring.md 11.1, 11.2).

Everything is on a scale of 0 to 100, so that three points mean the same everywhere. Lost time is the share
of the time that is not lost: three points of it are 1.8 minutes an hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from server.privacy.records import Release
from server.scoring.cuped import Unit
from server.scoring.lost_time import LOST
from server.scoring.parameters import (
    GAUGES,
    LEAST_WEEKS,
    OWN_PRIOR_EVENTS,
    SIGNALS,
    Model,
)

TECHNOLOGY = "technology"
MEASURES = (TECHNOLOGY, LOST, *SIGNALS)
MINUTES_PER_POINT = 0.6
"""Minutes of an hour."""


@dataclass(frozen=True)
class WeekOfPerson:
    """One person's week as its release saw it: scores of gauges, (events, hours) of rates, lost time."""

    active: bool
    gauges: Mapping[str, float] = field(default_factory=dict)
    rates: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    lost: tuple[float, float] | None = None


def has(week: WeekOfPerson, measure: str) -> bool:
    """Whether this week has something of the measure."""
    if measure == TECHNOLOGY:
        return week.active
    if measure == LOST:
        return week.lost is not None
    return measure in week.gauges or measure in week.rates


@dataclass(frozen=True)
class Measure:
    """`name`: one of MEASURES; `model`: whose curves and weights count; `company`: the company's rates in the
    weeks before, to which a few hours without a crash are held."""

    name: str
    model: Model
    company: Mapping[str, float]

    @property
    def signals(self) -> tuple[str, ...]:
        return tuple(SIGNALS) if self.name == TECHNOLOGY else (self.name,)

    def enough(self, basket: Sequence[str]) -> bool:
        """Whether these signals can stand for what is measured."""
        return bool(basket) and (self.name != TECHNOLOGY or self.model.enough_weight(basket))

    def together(self, scores: Mapping[str, float], basket: Sequence[str]) -> float:
        """Their weighted mean; one signal, or lost time, is itself."""
        if len(basket) == 1:
            return scores[basket[0]]
        total = sum(self.model.signals[s].weight * scores[s] for s in basket)
        return total / self.model.weight_of(basket)

    def rate_score(self, signal: str, y: float, e: float) -> float | None:
        """As in a person's own score: held to the company's rate by the weight of four events."""
        rate, usual = self.model.signals[signal], self.company.get(signal, 0.0)
        if usual <= 0:
            return None
        hours = OWN_PRIOR_EVENTS / (usual / rate.per_hours)
        return rate.curve((OWN_PRIOR_EVENTS + y) / (hours + e) * rate.per_hours)


def unit_of_person(
    before: Sequence[WeekOfPerson], since: Sequence[WeekOfPerson], measure: Measure
) -> Unit | None:
    """A person's points before and since; None with fewer than two active weeks before, or none since."""
    if sum(week.active for week in before) < LEAST_WEEKS or not any(week.active for week in since):
        return None
    x, y = (_scores(weeks, measure) for weeks in (before, since))
    basket = [signal for signal in x if signal in y]
    return (measure.together(x, basket), measure.together(y, basket)) if measure.enough(basket) else None


def _scores(weeks: Sequence[WeekOfPerson], measure: Measure) -> dict[str, float]:
    found = {signal: _score(weeks, signal, measure) for signal in measure.signals}
    return {signal: score for signal, score in found.items() if score is not None}


def _score(weeks: Sequence[WeekOfPerson], signal: str, measure: Measure) -> float | None:
    if signal == LOST:
        return _undisturbed(week.lost for week in weeks)
    if signal in GAUGES:
        values = [week.gauges[signal] for week in weeks if signal in week.gauges]
        return fsum(values) / len(values) if values else None
    sums = [week.rates[signal] for week in weeks if signal in week.rates]
    if not sums:
        return None
    return measure.rate_score(signal, fsum(y for y, _ in sums), fsum(e for _, e in sums))


def _undisturbed(parts: Iterable[tuple[float, float] | None]) -> float | None:
    known = [part for part in parts if part is not None]
    hours = fsum(hours for _, hours in known)
    return undisturbed_points(fsum(minutes for minutes, _ in known), hours) if hours > 0 else None


def undisturbed_points(minutes: float, hours: float) -> float:
    """The share of the time that was not lost, in percent."""
    return 100 * max(0.0, 1 - minutes / (60 * hours))


def points_of_teams(
    releases: Sequence[Release], names: Mapping[str, Sequence[str]], measure: Measure
) -> dict[str, list[float]]:
    """Each team's points, week by week; `names`: a team's group in each of the releases.

    A team that was not published in every week is left out. The basket is the same for all teams and weeks:
    the signals that were released for each of them each time; nothing without enough of them.
    """
    weekly = {
        team: [team_scores(release, group, measure) for group, release in zip(groups, releases, strict=True)]
        for team, groups in names.items()
        if all(group in release.base for group, release in zip(groups, releases, strict=True))
    }
    every = [scores for weeks in weekly.values() for scores in weeks]
    basket = [signal for signal in measure.signals if every and all(signal in scores for scores in every)]
    if not measure.enough(basket):
        return {}
    return {team: [measure.together(scores, basket) for scores in weeks] for team, weeks in weekly.items()}


def team_scores(release: Release, group: str, measure: Measure) -> dict[str, float]:
    found = {signal: _team_score(release, group, signal, measure) for signal in measure.signals}
    return {signal: score for signal, score in found.items() if score is not None}


def _team_score(release: Release, group: str, signal: str, measure: Measure) -> float | None:
    if signal in GAUGES:
        gauge = release.gauges.get(signal, {}).get(group)
        return gauge.x / gauge.n if gauge is not None else None
    rate = release.rates.get(signal, {}).get(group)
    if rate is None or rate.e <= 0:
        return None
    return (
        undisturbed_points(rate.y, rate.e) if signal == LOST else measure.rate_score(signal, rate.y, rate.e)
    )
