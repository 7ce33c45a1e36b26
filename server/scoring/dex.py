"""DEX from technology and sentiment, its band, and where its points went (docs/scoring.md 9.1 to 9.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, sqrt

from server.scoring.parameters import IN_FORCE, Model
from server.scoring.sentiment import Sentiment
from server.scoring.technology import Technology
from server.scoring.variance import combined_sd, held, interval

FULL, TECHNOLOGY_ONLY = "full", "technology_only"
SENTIMENT = "sentiment"  # its key among the points lost


@dataclass(frozen=True)
class Dex:
    """A score with its interval, band and display. `band_certain`: the whole interval lies in one band."""

    value: float
    sd: float
    low: float
    high: float
    band: str
    band_certain: bool
    display: int
    kind: str


def dex(technology: Technology, sentiment: Sentiment | None, model: Model = IN_FORCE) -> Dex:
    """Without sentiment it is the technology score alone, and says so."""
    if sentiment is None:
        return scored(technology.value, technology.sd, TECHNOLOGY_ONLY, model)
    t, s = model.technology_share, model.sentiment_share
    sd = combined_sd([(t, technology.sd), (s, sqrt(sentiment.variance))])
    return scored(t * technology.value + s * sentiment.value, sd, FULL, model)


def scored(value: float, sd: float, kind: str, model: Model = IN_FORCE) -> Dex:
    """A value and its sd with everything that is shown of them."""
    low, high = interval(value, sd)
    certain = band(low, model) == band(high, model)
    return Dex(value, sd, low, high, band(value, model), certain, display(value), kind)


def band(value: float, model: Model = IN_FORCE) -> str:
    """`good`, `fair` or `poor`."""
    return "good" if value >= model.good else "fair" if value >= model.fair else "poor"


def display(value: float) -> int:
    """The whole number that stands for a score."""
    return floor(value + 0.5)


def points_lost(
    technology: Technology, sentiment: Sentiment | None, model: Model = IN_FORCE
) -> dict[str, float]:
    """Points by signal, and by `sentiment` if it takes part: DEX = 100 - their sum, exactly."""
    share = technology_share(sentiment is not None, model)
    lost = {s: share * signal.share * (100 - signal.score) for s, signal in technology.signals.items()}
    if sentiment is not None:
        lost[SENTIMENT] = model.sentiment_share * (100 - sentiment.value)
    return lost


def technology_share(with_sentiment: bool, model: Model = IN_FORCE) -> float:
    """What share of DEX technology has."""
    return model.technology_share if with_sentiment else 1.0


def modelled(left: Dex, stage: Dex, company: Dex, model: Model = IN_FORCE) -> Dex:
    """A cell estimated from totals, not measured: what the row and the column say together."""
    value = held(left.value + stage.value - company.value)
    return scored(value, sqrt(left.sd**2 + stage.sd**2 + company.sd**2), company.kind, model)


def simulated(
    now: Dex, technology: Technology, new_scores: Mapping[str, float], model: Model = IN_FORCE
) -> float:
    """DEX if these signals had these scores instead; what a page shows as "if fully removed, no promise"."""
    share = technology_share(now.kind == FULL, model)
    signals = technology.signals
    return now.value + sum(
        share * signals[s].share * (score - signals[s].score) for s, score in new_scores.items()
    )
