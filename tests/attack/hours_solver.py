"""A solver for the hours of work of a team, from everything that is published of it.

What it is given is more than the pages give: the company's hours per head, which are exact; how many people
the team has, which colleagues know; the hours that stand for the team's own, which the interval of a rate
gives away; and of each rate its events in them. It tries three ways.

- `by_head_count`: the team works like the company. No product is needed for this guess.
- `as_released`: the hours that stand behind the rates are the team's own.
- `by_whole_events`: events were whole numbers. If the team's hours are rho times those that stand for them,
  rho times the released events is whole for each rate: some rho fit and others do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

USUAL_SPREAD = 0.25
"""How far teams' hours per head are from the company's, as the solver expects: a standard deviation of ln."""
WEEKLY_SPREAD = 0.03
"""How far the weeks of a window differ in it."""
LEAST_DOUBT = 0.02
"""Events; no number is taken for surer than this."""
RHO = np.exp(np.linspace(log(0.4), log(2.5), 1201))


@dataclass(frozen=True)
class SeenRate:
    """A rate of a team: released events in the released hours, and how unsure these events are."""

    events: float
    doubt: float = 0.0


@dataclass(frozen=True)
class Seen:
    """What is known of a team. `by_heads`: its hours if it worked like the company; `released`: those that
    stand behind its rates."""

    by_heads: float
    released: float
    rates: Sequence[SeenRate]


def by_head_count(seen: Seen) -> float:
    return seen.by_heads


def as_released(seen: Seen) -> float:
    return seen.released


def by_whole_events(seen: Seen) -> float:
    """The hours that are most likely, if events are whole and most teams work about like the company."""
    likely = -0.5 * (np.log(RHO * seen.released / seen.by_heads) / USUAL_SPREAD) ** 2
    for rate in seen.rates:
        likely = likely + _how_whole(RHO * rate.events, RHO * rate.doubt)
    weights = np.exp(likely - likely.max())
    return seen.released * exp(float(np.sum(np.log(RHO) * weights) / np.sum(weights)))


def _how_whole(events: np.ndarray, doubt: np.ndarray) -> np.ndarray:
    """ln of how likely these events are, from their distance to the whole numbers around."""
    sd = np.maximum(LEAST_DOUBT, np.hypot(doubt, WEEKLY_SPREAD * events))
    off = events - np.round(events)
    around = [np.exp(-0.5 * ((off + step) / sd) ** 2) for step in range(-4, 5)]
    return np.log(np.sum(around, axis=0) / sd)
