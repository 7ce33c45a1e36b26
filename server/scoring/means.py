"""Shrinkage of group means towards the company (docs/scoring.md 6.2; Morris 1983)."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.scoring.parameters import LEAST_GROUPS


@dataclass(frozen=True)
class Spread:
    """Variance within groups (of one person), between groups, and the number N of teams it comes from."""

    within: float
    between: float
    groups: int


@dataclass(frozen=True)
class Pull:
    """How far a group's mean is pulled to the company's: its sampling variance se2 and the factor B."""

    se2: float
    b: float

    def towards(self, x: float, company: float) -> float:
        """theta"""
        return x - self.b * (x - company)


def pull(n: float, spread: Spread) -> Pull:
    """The pull on a group of (mean) n persons."""
    se2 = spread.within / n
    b = se2 / (se2 + spread.between)
    if spread.groups >= LEAST_GROUPS:
        b *= (spread.groups - 3) / (spread.groups - 1)
    return Pull(se2, b)


def pulled_variance(pull: Pull, company_se2: float, difference: float, groups: int) -> float:
    """Variance of a pulled mean; `difference` is the group's mean less the company's, before pulling."""
    variance = pull.se2 * (1 - pull.b) + pull.b**2 * company_se2
    if groups >= LEAST_GROUPS:
        variance += 2 / (groups - 3) * pull.b**2 * difference**2
    return variance


def weighted_mean(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Mean of the values by their weights."""
    return sum(weights[name] * value for name, value in values.items()) / sum(
        weights[name] for name in values
    )
