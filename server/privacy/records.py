"""What is published of a week and of a pulse period: sums of groups, immutable (docs/scoring.md 4).

Every score, page and export is made from these records alone. They have a canonical JSON form, and each
digest covers the one before it, so that nobody can change a past week unseen.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from server.scoring.dispersion import EventSums
from server.scoring.parameters import MODEL, K
from server.scoring.sentiment import Histogram
from server.scoring.variance import Pool

FIRST_DIGEST = ""  # what the first record is chained to


class Record:
    """Canonical form and digest, the same on every machine and store."""

    def canonical(self) -> bytes:
        """JSON with sorted keys and no blanks; whole numbers in fields of sums are written as 3.0."""
        plain = msgspec.to_builtins(self, str_keys=True)
        typed = msgspec.to_builtins(msgspec.convert(plain, type(self), strict=False), str_keys=True)
        return json.dumps(typed, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()

    def digest(self, previous: str = FIRST_DIGEST) -> str:
        """SHA-256, in hex, of the previous digest, a line feed, and the canonical form."""
        return hashlib.sha256(previous.encode() + b"\n" + self.canonical()).hexdigest()


class BaseGroup(msgspec.Struct, frozen=True, gc=False):
    """Active persons of a group in the base plan, and its eligible members."""

    n: int
    eligible: int


class GaugeSum(msgspec.Struct, frozen=True, gc=False):
    """Contributors to a gauge and the sum of their scores."""

    n: int
    x: float


class RateSum(msgspec.Struct, frozen=True, gc=False):
    """Contributors to a rate (or to lost time), sum of events (or minutes) and of hours.

    Unless `exact`, events and hours are those of the working-time wall: the same rate, other hours.
    """

    n: int
    y: float
    e: float
    exact: bool


@dataclass(frozen=True)
class FunnelGroup:
    """A published number of the funnel: persons of a unit (None: the company) with an outcome (None: all)."""

    unit: str | None
    outcome: str | None
    n: int


@dataclass(frozen=True)
class Release(Record):
    """One week. Signals and groups that are not listed are not published.

    `teams`: reporting team -> reporting unit, whether published or not. `base`: the base plan.
    `gauges`, `rates`: signal -> group -> sums; among the rates are `lost` and `lost.startup` ... in minutes.
    `gauge_pools`: company's variance within groups, by gauge and for `composite`; `rate_pools`: company's
    sums for the dispersion, by rate and for `lost`. `readable`: person-weeks of the company in which a cause
    of lost time could be read. `hours_class`: class j of each group known so far in the quarter. `late`:
    persons whose week, four weeks earlier, became active by data that came too late.
    """

    week: str
    k: int = K
    model: str = MODEL
    teams: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, BaseGroup] = field(default_factory=dict)
    gauges: Mapping[str, Mapping[str, GaugeSum]] = field(default_factory=dict)
    rates: Mapping[str, Mapping[str, RateSum]] = field(default_factory=dict)
    gauge_pools: Mapping[str, Pool] = field(default_factory=dict)
    rate_pools: Mapping[str, EventSums] = field(default_factory=dict)
    readable: Mapping[str, int] = field(default_factory=dict)
    hours_class: Mapping[str, int] = field(default_factory=dict)
    funnel: tuple[FunnelGroup, ...] = ()
    late: int | None = None


@dataclass(frozen=True)
class SentimentPeriod(Record):
    """One closed pulse period: group -> answer 1..5 -> how many, and the pool of answers within groups."""

    period: str
    k: int = K
    model: str = MODEL
    groups: Mapping[str, Histogram] = field(default_factory=dict)
    pool: Pool = field(default_factory=Pool)
