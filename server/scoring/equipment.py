"""Rates of versions, models and sites of a whole company, and which stand out (docs/scoring.md 11.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from scipy.special import betainc, betaincinv

from server.scoring.changes import discovery_limit
from server.scoring.parameters import LEAST_RATIO
from server.scoring.rates import posterior, prior_of


@dataclass(frozen=True)
class Counted:
    """Released events y over e: hours, or device-days where y are the days above a limit."""

    y: float
    e: float


@dataclass(frozen=True)
class Ratio:
    """A rate over that of the other groups with its 95 % interval; p: chance of one as far from 1."""

    ratio: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class EquipmentRate:
    """Events per unit of e, drawn to the company's, with its 95 % interval; `against`: the other groups.

    `stands_out`: whether that is clear and at least a quarter (more, or as much less).
    """

    rate: float
    low: float
    high: float
    against: Ratio | None
    stands_out: bool


def equipment_rates(groups: Mapping[str, Counted], company: Counted, phi: float) -> dict[str, EquipmentRate]:
    """All groups of one dimension, which is one family; every e is above 0.

    Groups are compared with each other, not with the company, because all of them are behind the same wall.
    """
    prior = prior_of([(group.y, group.e) for group in groups.values()], (company.y, company.e), phi)
    total = Counted(sum(g.y for g in groups.values()), sum(g.e for g in groups.values()))
    ratios = {name: _against(group, total, phi) for name, group in groups.items()}
    limit = discovery_limit([ratio.p for ratio in ratios.values() if ratio is not None])
    found = {}
    for name, group in groups.items():
        now, ratio = posterior(group.y, group.e, prior, phi), ratios[name]
        clear = ratio is not None and ratio.p <= limit and _is_large(ratio.ratio)
        found[name] = EquipmentRate(now.mean, now.quantile(0.025), now.quantile(0.975), ratio, clear)
    return found


def rate_ratio(one: Counted, others: Counted, phi: float = 1.0) -> Ratio:
    """Exact, given the events of both together (Clopper and Pearson 1934); `phi` divides the events.

    Without an event anywhere the ratio is 1 with an interval of everything.
    """
    y, rest, share = one.y / phi, others.y / phi, one.e / (one.e + others.e)
    if y + rest == 0:
        return Ratio(1.0, 0.0, inf, 1.0)
    as_many = float(betainc(y, rest + 1, share)) if y > 0 else 1.0
    as_few = float(betainc(rest, y + 1, 1 - share)) if rest > 0 else 1.0
    low = float(betaincinv(y, rest + 1, 0.025)) if y > 0 else 0.0
    high = float(betaincinv(y + 1, rest, 0.975)) if rest > 0 else 1.0
    scale = others.e / one.e
    return Ratio(
        _odds(y / (y + rest)) * scale,
        _odds(low) * scale,
        _odds(high) * scale,
        min(1.0, 2 * min(as_many, as_few)),
    )


def _against(group: Counted, total: Counted, phi: float) -> Ratio | None:
    others = Counted(total.y - group.y, total.e - group.e)
    return rate_ratio(group, others, phi) if others.e > 0 else None


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else inf


def _is_large(ratio: float) -> bool:
    return ratio >= LEAST_RATIO or ratio <= 1 / LEAST_RATIO
