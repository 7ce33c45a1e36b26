"""Equipment in words: names of signals and groups, rates with their units, ratios and changes."""

from datetime import date

from dashboards.charts import Band
from dashboards.formats import number, percent, short_day, size_class
from dashboards.names import SIGNALS
from dashboards.signal_values import with_unit
from dashboards.words import gettext, lazy_gettext, ngettext
from server.privacy.equipment_shapes import EquipmentSignal, RateInterval, RateSince, RatioInterval, Stands
from server.scoring.equipment_limits import CONNECTION, MODEL, SITE, SYSTEM, VERSION
from server.scoring.parameters import RATES
from server.scoring.parameters import SIGNALS as CONVENTIONS

DIMENSIONS = {
    VERSION: lazy_gettext("Version"),
    SITE: lazy_gettext("Place of work"),
    CONNECTION: lazy_gettext("Network connection"),
    MODEL: lazy_gettext("Model"),
    SYSTEM: lazy_gettext("System"),
}
NEXT_TO_NOTHING = 0.1
"""Of a ratio below this only the upper end is said."""
_SEVERAL = 10
"""Stands for a size class where a language wants to know how many."""
_CONNECTIONS = {"wifi": "Wi-Fi", "ethernet": "Ethernet"}
BANDS: dict[Stands, Band] = {"more": "poor", "less": "good", "no": "unknown"}


def signal_title(signal: EquipmentSignal) -> str:
    """The name of a signal, with its application."""
    title = str(SIGNALS[signal.signal].title)
    return f"{title}, {signal.app}" if signal.app else title


def group_title(dimension: str, name: str) -> str:
    """A version, model or place; kinds of connections by their usual names."""
    if dimension != CONNECTION:
        return name
    return ", ".join(_CONNECTIONS.get(kind, kind) for kind in name.split(", "))


def rate_words(signal: EquipmentSignal, value: float) -> str:
    """A rate with its unit."""
    if signal.signal in RATES:
        return with_unit(signal.unit, value)
    return gettext("%(n)s of days", n=_percent(value))


def range_words(found: RateInterval) -> str:
    return gettext("%(low)s to %(high)s", low=_number(found.low), high=_number(found.high))


def ratio_words(ratio: RatioInterval | None) -> str:
    """How a group stands beside the others of its dimension; one end alone where the ratio says little."""
    if ratio is None:
        return gettext("no other to compare with")
    if ratio.low < 1 and (ratio.value is None or ratio.high is None):
        return gettext("cannot be told apart from the others")
    if ratio.value is None:
        return gettext("at least %(low)s times the others, which had almost none", low=_number(ratio.low))
    if ratio.high is None:
        return gettext(
            "%(ratio)s times the others, at least %(low)s", ratio=_number(ratio.value), low=_number(ratio.low)
        )
    if ratio.value < NEXT_TO_NOTHING:
        return gettext("at most %(high)s times the others", high=_number(ratio.high))
    return gettext(
        "%(ratio)s times the others, %(low)s to %(high)s",
        ratio=_number(ratio.value),
        low=_number(ratio.low),
        high=_number(ratio.high),
    )


def since_words(signal: EquipmentSignal, since: RateSince) -> str:
    """Since when a rate is another, how sure the day is, and what began then."""
    said = gettext(
        "Since %(day)s: %(after)s; before that: %(before)s.",
        day=short_day(since.day),
        after=rate_words(signal, since.after),
        before=rate_words(signal, since.before),
    )
    if since.earliest != since.latest:
        said += " " + gettext(
            "It may have been any day from %(first)s to %(last)s.",
            first=short_day(since.earliest),
            last=short_day(since.latest),
        )
    if since.began_with:
        said += " " + gettext("New then: %(updates)s.", updates=", ".join(since.began_with))
    return said


def laptops_words(size: str) -> str:
    """A size class with its unit."""
    return ngettext("%(n)s laptop", "%(n)s laptops", _SEVERAL, n=size_class(size))


def limit_words(signal: EquipmentSignal) -> str:
    """From where on a day counts as one with something wrong."""
    return with_unit(CONVENTIONS[signal.signal].unit, signal.limit or 0.0)


def period_words(first: date, last: date) -> str:
    return gettext("%(first)s to %(last)s", first=short_day(first), last=short_day(last))


def _number(value: float) -> str:
    return number(value, 3 if value < 0.1 else 2 if value < 1 else 1 if value < 10 else 0)


def _percent(value: float) -> str:
    return percent(value) if value >= 10 or value == 0 else gettext("%(number)s %%", number=_number(value))
