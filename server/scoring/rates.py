"""Shrinkage of event rates towards the company's (docs/scoring.md 6.3; Marshall 1991)."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import gammaincinv

from server.scoring.parameters import LEAST_GROUPS, Signal, Z
from server.scoring.variance import held


@dataclass(frozen=True)
class Prior:
    """What is believed of a group before its own events: Gamma with this shape, and these hours as rate."""

    shape: float
    hours: float


COMPANY_PRIOR = Prior(0.5, 0.0)


@dataclass(frozen=True)
class Posterior:
    """Gamma distribution of a group's events per hour."""

    shape: float
    hours: float

    @property
    def mean(self) -> float:
        return self.shape / self.hours

    def quantile(self, share: float) -> float:
        """The rate below which this share of the distribution lies."""
        return float(gammaincinv(self.shape, share)) / self.hours


@dataclass(frozen=True)
class RateScore:
    """A rate per 100 or 1000 h, its score, the interval of the score and the score's standard deviation."""

    rate: float
    score: float
    low: float
    high: float
    sd: float


def prior_of(groups: Sequence[tuple[float, float]], company: tuple[float, float], phi: float) -> Prior:
    """The prior from (events, hours) of the N team groups and of the company."""
    mean = (company[0] / phi + 0.5) / (company[1] / phi)
    spread = held(_spread(groups, phi, mean), (0.3 * mean) ** 2, (2 * mean) ** 2)
    return Prior(mean**2 / spread, mean / spread)


def _spread(groups: Sequence[tuple[float, float]], phi: float, mean: float) -> float:
    """Variance of the true rates of groups, before it is held in bounds."""
    if len(groups) < LEAST_GROUPS:
        return (0.5 * mean) ** 2
    rows = [(y / phi, e / phi) for y, e in groups]
    hours = sum(e for _, e in rows)
    centre = sum(y for y, _ in rows) / hours
    return sum(e * (y / e - centre) ** 2 for y, e in rows) / hours - centre / (hours / len(rows))


def rate_score(events: float, hours: float, prior: Prior, phi: float, signal: Signal) -> RateScore:
    """Posterior of a group with these events and hours, on the signal's curve."""
    now = posterior(events, hours, prior, phi)
    rate = now.mean * signal.per_hours
    low, high = (signal.curve(now.quantile(share) * signal.per_hours) for share in (0.975, 0.025))
    return RateScore(rate, signal.curve(rate), low, high, (high - low) / (2 * Z))


def posterior(events: float, hours: float, prior: Prior, phi: float) -> Posterior:
    """What is believed of a group after its events."""
    return Posterior(prior.shape + events / phi, prior.hours + hours / phi)
