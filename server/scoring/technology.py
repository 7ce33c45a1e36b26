"""The technology score T of a group, from its shrunk gauges and rates (docs/scoring.md 6.2, 6.3, 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt

import msgspec

from server.scoring.means import Pull, Spread, pull, pulled_variance, weighted_mean
from server.scoring.parameters import IN_FORCE, Model, Z
from server.scoring.rates import COMPANY_PRIOR, Prior, posterior, rate_score
from server.scoring.variance import combined_sd, held, interval


class GaugeInput(msgspec.Struct, frozen=True, gc=False):
    """Mean score of a gauge in a group, and the mean number of persons behind it."""

    x: float
    n: float


class RateInput(msgspec.Struct, frozen=True, gc=False):
    """Released events and hours of a rate in a group, and the mean number of persons behind them."""

    y: float
    e: float
    n: float


@dataclass(frozen=True)
class GroupInput:
    """What a group's window holds: mean base n, and the available signals."""

    n: float
    gauges: Mapping[str, GaugeInput]
    rates: Mapping[str, RateInput]

    @property
    def signals(self) -> list[str]:
        return [*self.gauges, *self.rates]

    def gauge_mean(self, model: Model) -> float:
        """G, the weighted mean of the available gauges."""
        weights = {s: model.signals[s].weight for s in self.gauges}
        return weighted_mean({s: g.x for s, g in self.gauges.items()}, weights)


@dataclass(frozen=True)
class Shared:
    """What all groups of a window share.

    `within`: variance of each gauge and of the composite. `phi`, `priors`: of each rate. `company`: the
    company's own sums, towards which groups are pulled. `model`: whose weights and curves count.
    """

    within: Mapping[str, float]
    spread: Spread
    phi: Mapping[str, float]
    priors: Mapping[str, Prior]
    company: GroupInput
    model: Model = IN_FORCE

    @cached_property
    def company_mean(self) -> float:
        """G of the company."""
        return self.company.gauge_mean(self.model)


class SignalScore(msgspec.Struct, frozen=True, gc=False):
    """One signal of a group with every term that led to its score.

    `raw`: mean score of a gauge, events per 100 or 1000 h of a rate; `rate`: the same after shrinkage.
    `share`: weight over the weights of all available signals. `company`: the company's raw.
    """

    signal: str
    share: float
    raw: float
    company: float
    n: float
    score: float
    low: float
    high: float
    rate: float | None = None
    events: float | None = None
    hours: float | None = None
    sd: float | None = None


@dataclass(frozen=True)
class Technology:
    """T with its parts: value = sum of share times score over the signals.

    `mean`: G; `pull`: the pull on the gauges; `gauge_sd`: of the gauges together; `components`: (name, share,
    sd) as combined into `sd`.
    """

    value: float
    sd: float
    low: float
    high: float
    signals: Mapping[str, SignalScore]
    mean: float
    pull: Pull
    gauge_sd: float
    components: tuple[tuple[str, float, float], ...] = field(default=())


def technology(group: GroupInput, shared: Shared, is_company: bool) -> Technology:
    """T of a group whose status is ok (so that it has a gauge)."""
    total = shared.model.weight_of(group.signals)
    towards = _pull_on(group, shared, is_company)
    gauges = {s: _gauge(s, group, shared, towards, total) for s in group.gauges}
    rates = {s: _rate(s, group, shared, is_company, total) for s in group.rates}
    signals = {**gauges, **rates}
    mean = group.gauge_mean(shared.model)
    variance = _gauge_variance(mean, shared, towards, is_company)
    components = [("gauges", sum(signal.share for signal in gauges.values()), sqrt(variance))]
    components += [(s, rate.share, rate.sd or 0.0) for s, rate in rates.items()]
    value = sum(shared.model.signals[s].weight * signal.score for s, signal in signals.items()) / total
    sd = combined_sd((share, sd) for _, share, sd in components)
    low, high = interval(value, sd)
    return Technology(
        value=value,
        sd=sd,
        low=low,
        high=high,
        signals=signals,
        mean=mean,
        pull=towards,
        gauge_sd=sqrt(variance),
        components=tuple(components),
    )


def technology_value(
    group: GroupInput, company: GroupInput, window: Technology, shared: Shared, is_company: bool
) -> float:
    """T of a single week's sums, with the window's pull, priors and dispersion (9.2, the hollow point).

    Every signal of the window must be in both sums.
    """
    points, model = 0.0, shared.model
    for s in window.signals:
        signal = model.signals[s]
        if s in group.gauges:
            x = group.gauges[s].x
            score = window.pull.towards(x, x if is_company else company.gauges[s].x)
        else:
            prior = COMPANY_PRIOR if is_company else shared.priors[s]
            now = posterior(group.rates[s].y, group.rates[s].e, prior, shared.phi[s])
            score = signal.curve(now.mean * signal.per_hours)
        points += signal.weight * score
    return points / model.weight_of(window.signals)


def _pull_on(group: GroupInput, shared: Shared, is_company: bool) -> Pull:
    """The company is its own reference: nothing pulls on it."""
    towards = pull(group.n, shared.spread)
    return Pull(towards.se2, 0.0) if is_company else towards


def _gauge_variance(mean: float, shared: Shared, towards: Pull, is_company: bool) -> float:
    if is_company:
        return towards.se2
    company_se2 = shared.spread.within / shared.company.n
    return pulled_variance(towards, company_se2, mean - shared.company_mean, shared.spread.groups)


def _gauge(s: str, group: GroupInput, shared: Shared, towards: Pull, total: float) -> SignalScore:
    gauge, company = group.gauges[s], shared.company.gauges[s]
    theta = towards.towards(gauge.x, company.x)
    within = shared.within[s]
    half = Z * sqrt(within / gauge.n * (1 - towards.b) + towards.b**2 * within / company.n)
    return SignalScore(
        signal=s,
        share=shared.model.signals[s].weight / total,
        raw=gauge.x,
        company=company.x,
        n=gauge.n,
        score=theta,
        low=held(theta - half),
        high=held(theta + half),
    )


def _rate(s: str, group: GroupInput, shared: Shared, is_company: bool, total: float) -> SignalScore:
    rate, company, signal = group.rates[s], shared.company.rates[s], shared.model.signals[s]
    prior = COMPANY_PRIOR if is_company else shared.priors[s]
    scored = rate_score(rate.y, rate.e, prior, shared.phi[s], signal)
    return SignalScore(
        signal=s,
        share=signal.weight / total,
        raw=rate.y / rate.e * signal.per_hours,
        company=company.y / company.e * signal.per_hours,
        n=rate.n,
        score=scored.score,
        low=scored.low,
        high=scored.high,
        rate=scored.rate,
        events=rate.y,
        hours=rate.e,
        sd=scored.sd,
    )
