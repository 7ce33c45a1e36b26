"""The value of a signal with its unit, in words."""

from collections.abc import Callable

from dashboards.formats import number, percent, short_seconds
from dashboards.words import gettext
from server.privacy.results import Signal
from server.scoring.parameters import Signal as Convention


def value_words(signal: Signal) -> str:
    """The value that scores the same; past an end of the curve it may be anything beyond."""
    shown = with_unit(signal.unit, signal.value)
    if signal.score.value >= 100:
        return gettext("%(value)s or better", value=shown)
    if signal.score.value <= 0:
        return gettext("%(value)s or worse", value=shown)
    return shown


def with_unit(unit: str, value: float) -> str:
    return _UNITS[unit](value)


def rate_unit(unit: str) -> str:
    """Only the unit of a rate, for the head of a row."""
    return _per_1000() if unit == "per 1000 h" else _per_100()


def input_unit(unit: str) -> str:
    """What stands behind a field in which somebody types a value."""
    words = {"s": gettext("seconds"), "share": gettext("%% of the time"), "days": gettext("days")}
    return rate_unit(unit) if unit.startswith("per ") else words.get(unit, unit)


def in_unit(unit: str, typed: float) -> float:
    """A typed value as the curve reads it: shares are typed in percent."""
    return typed / 100 if unit == "share" else typed


def anchors(found: Convention) -> list[tuple[str, str]]:
    """The curve of a signal: values, and what each scores."""
    return [(with_unit(found.unit, value), number(score)) for value, score in found.curve.anchors]


def _per_100() -> str:
    return gettext("per 100 h")


def _per_1000() -> str:
    return gettext("per 1000 h")


def _digits(value: float) -> int:
    return 2 if value < 1 else 1 if value < 10 else 0


_UNITS: dict[str, Callable[[float], str]] = {
    "s": short_seconds,
    "ms": lambda value: gettext("%(n)s ms", n=number(value)),
    "share": lambda value: gettext("%(n)s of the time", n=percent(100 * value)),
    "%": lambda value: gettext("%(number)s %%", number=number(value, _digits(value))),
    "days": lambda value: gettext("%(n)s days", n=number(value)),
    "per 100 h": lambda value: f"{number(value, _digits(value))} {_per_100()}",
    "per 1000 h": lambda value: f"{number(value, _digits(value))} {_per_1000()}",
}
