"""What the equipment view counts, and over which days (docs/scoring.md 11.5)."""

from server.scoring.parameters import RATES, Model

LEAST_LAPTOPS = 10
"""Fewer never stand behind a sum; a company's own threshold, if that is higher, holds here too."""
PICTURE_DAYS = 14
"""A picture is the sum of so many released days."""
TREND_DAYS = 91
"""So far back goes the trend, and the look for the day since when a rate is another."""
DISTURBING = 30.0
"""The score below which a laptop's day counts as one with something wrong."""
LEAST_HOURS = 1 / 60
"""Of a day on which a laptop, or an application, was in use at all: or a rate could be anything."""
UPDATES_NAMED = 3
DAYS_ALIKE = 5.0
"""A laptop with something wrong has it all week: in a series of days it counts once a week."""
MOST_RATIO = 100.0
"""Of more nobody can tell how much more."""

APP_SIGNALS = ("crash", "hang")
PLACE_SIGNALS = ("latency", "loss")

VERSION, SITE, CONNECTION, MODEL, SYSTEM = "version", "site", "connection", "model", "system"


def dimensions_of(signal: str) -> tuple[str, ...]:
    """The one pair of dimensions in which a signal is released, or versions alone."""
    if signal in APP_SIGNALS:
        return (VERSION,)
    return (SITE, CONNECTION) if signal in PLACE_SIGNALS else (MODEL, SYSTEM)


def limit_of(signal: str, model: Model) -> float:
    """The value of a gauge beyond which a day counts."""
    return model.signals[signal].curve.value_at(DISTURBING)


def unit_of(signal: str) -> tuple[float, str]:
    """How many times an event per hour, or the share of days, is shown; and what it is called."""
    return (RATES[signal].per_hours, RATES[signal].unit) if signal in RATES else (100.0, "% of days")
