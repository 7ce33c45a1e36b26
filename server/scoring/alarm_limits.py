"""Limits under which all looks of a company raise one false alarm a week at most (docs/scoring.md 10.2)."""

from dataclasses import dataclass
from math import exp, log

from scipy.optimize import brentq
from scipy.special import stdtrit

from server.scoring.parameters import (
    BURST_SHARE,
    DRIFT_OVERSHOOT,
    DRIFT_SHARE,
    SHOCK_LOOK_FREEDOM,
    SHOCK_SHARE,
    SHOCK_TAIL_FREEDOM,
)
from server.scoring.z_values import as_normal


@dataclass(frozen=True)
class AlarmLimits:
    """|z| of a shock, the CUSUM of a drift, the log likelihood ratio of a burst."""

    shock: float
    drift: float
    burst: float


def alarm_limits(z_looks: int, count_looks: int) -> AlarmLimits:
    """From the numbers of values of z series and of count series that were tested in the last full week."""
    z_looks, count_looks = max(1, z_looks), max(1, count_looks)
    return AlarmLimits(_shock(z_looks), _drift(z_looks), log(count_looks / BURST_SHARE))


def _shock(looks: int) -> float:
    """Room for heavy tails: a point of t with few degrees of freedom, read as a look reads it."""
    tail = SHOCK_SHARE / looks / 2
    return as_normal(-float(stdtrit(SHOCK_TAIL_FREEDOM, tail)), SHOCK_LOOK_FREEDOM)


def _drift(looks: int) -> float:
    """Run length of both sides of a CUSUM together (Siegmund 1985)."""
    length = looks / DRIFT_SHARE
    return (
        float(brentq(lambda b: exp(b) - b - 1 - length, 0.0, log(length) + 2, xtol=1e-14)) - DRIFT_OVERSHOOT
    )
