"""What leaves a laptop, in words: the vocabulary's fields with their form, purpose, basis and term."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.signals import (
    AGENT_STATS,
    APPS,
    EVENT,
    EVENT_DETAIL,
    FACTS,
    PULSE_ANSWER,
    SERVICES,
    SUMMARY,
    Field,
)
from dashboards.words import Lazy, gettext, lazy_gettext


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the vocabulary. `kept` stands for all its fields where no number of days does."""

    title: Lazy
    fields: Sequence[Field]
    kept: Lazy | None = None

    @property
    def bases(self) -> list[str]:
        """The keys of the legal bases that its fields name."""
        return sorted({field.basis for field in self.fields})

    @property
    def keep_days(self) -> int | None:
        """Of all its fields; None if they differ."""
        days = {field.keep_days for field in self.fields}
        return days.pop() if len(days) == 1 else None


PARTS = (
    Part(lazy_gettext("Once a day, about the day"), SUMMARY),
    Part(lazy_gettext("Per listed application and day"), APPS),
    Part(lazy_gettext("Per business service that the company listed, and day"), SERVICES),
    Part(lazy_gettext("Once a day, about the agent itself"), AGENT_STATS),
    Part(
        lazy_gettext("When something happens"),
        (*EVENT, *dict.fromkeys(field for fields in EVENT_DETAIL.values() for field in fields)),
    ),
    Part(
        lazy_gettext("About the laptop, when it is let in and when one of them changes"),
        FACTS,
        lazy_gettext("while the laptop is known here"),
    ),
    Part(lazy_gettext("Answers to the questions of the pulse, if somebody answers"), PULSE_ANSWER),
)

_UNITS = {
    "1": lazy_gettext("a count"),
    "s": lazy_gettext("seconds"),
    "min": lazy_gettext("minutes"),
    "h": lazy_gettext("hours"),
    "d": lazy_gettext("days"),
    "ms": lazy_gettext("milliseconds"),
    "%": lazy_gettext("percent"),
    "By": lazy_gettext("bytes"),
    "": lazy_gettext("number"),
}


def form(field: Field) -> str:
    """What a value looks like: its unit, or the words it is one of."""
    unit = str(_UNITS.get(field.unit, field.unit))
    if field.kind == "text":
        return gettext("text")
    if field.kind == "choice":
        return gettext("one of: %(choices)s", choices=", ".join(field.choices))
    if field.kind == "table":
        return gettext("a list, see below")
    if field.kind == "numbers":
        return gettext("%(unit)s, one for each", unit=unit)
    if field.kind == "map":
        return _map_form(field, unit)
    return unit


def _map_form(field: Field, unit: str) -> str:
    names = ", ".join(field.choices)
    if field.unit == "":
        return gettext("a mark for each of: %(names)s", names=names)
    if not names:
        return gettext("%(unit)s, for each reason", unit=unit)
    return gettext("%(unit)s, for each of: %(names)s", unit=unit, names=names)
