"""Numbers, days and lengths of time as the reader's language writes them."""

from collections.abc import Callable
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask_babel import get_locale

from dashboards.words import gettext, ngettext

_DIGITS = {"arabext": "۰۱۲۳۴۵۶۷۸۹", "arab": "٠١٢٣٤٥٦٧٨٩"}
_LEFT_TO_RIGHT = "\u200e"
_SEVERAL = 2
"""Stands for a number that is not whole where a language wants to know how many."""
KIB = 1024


def _locale() -> Locale:
    found: Locale | None = get_locale()
    return found or Locale("en")


def _own_digits(text: str) -> str:
    """Babel writes Latin digits in every language; some, as Persian, have their own."""
    own = _DIGITS.get(_locale().default_numbering_system)
    return text if own is None else text.translate(str.maketrans("0123456789", own))


def number(value: float, digits: int = 0) -> str:
    """A number with at most this many decimals, grouped and pointed as the language does."""
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    shown = format_decimal(round(value, digits), pattern, locale=_locale(), numbering_system="default")
    return _own_digits(shown)


def tenth(value: float) -> str:
    """A number with exactly one decimal, as scores in tables have."""
    return _own_digits(format_decimal(value, "#,##0.0", locale=_locale(), numbering_system="default"))


def money(value: float, currency: str) -> str:
    """An amount with the sign of its currency where the language puts it; whole ones without decimals."""
    pattern = _locale().currency_formats["standard"].pattern
    whole = float(value).is_integer()
    shown = format_currency(
        value,
        currency,
        pattern.replace(".00", "") if whole else pattern,
        locale=_locale(),
        currency_digits=not whole,
        numbering_system="default",
    )
    return _own_digits(shown)


def signed(value: float) -> str:
    """The same with its sign, a plus or a true minus, before the number in every direction of text."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    mark = _LEFT_TO_RIGHT if sign and _locale().text_direction == "rtl" else ""
    return f"{mark}{sign}{tenth(abs(value))}"


def month(value: str) -> str:
    """`2026-10` as a month and its year."""
    return _own_digits(format_date(date.fromisoformat(f"{value}-01"), "LLL y", locale=_locale()))


def percent(value: float, digits: int = 0) -> str:
    """A value that is in percent already."""
    return gettext("%(number)s %%", number=number(value, digits))


def day(value: date) -> str:
    """A day in full: Sunday, 15 November 2026."""
    return _own_digits(format_date(value, "full", locale=_locale()))


def short_day(value: date) -> str:
    """A day in a table: Sun, 15 Nov."""
    return _own_digits(format_date(value, gettext("EEE, d MMM"), locale=_locale()))


def hour(value: int) -> str:
    """An hour of the day, without its minute: 9 to 10 h."""
    return gettext("%(start)s to %(end)s h", start=number(value), end=number(value + 1))


def minutes(value: float) -> str:
    """A length of time in full: 1 hour 12 minutes; below ten minutes with one decimal."""
    if value < 10:
        shown = round(float(value), 1)
        return ngettext(
            "%(n)s minute",
            "%(n)s minutes",
            int(shown) if shown.is_integer() else _SEVERAL,
            n=number(shown, 1),
        )
    hours, rest = divmod(round(value), 60)
    parts = []
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours, n=number(hours)))
    if rest or not hours:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest, n=number(rest)))
    return " ".join(parts)


def short_minutes(value: float) -> str:
    """A length of time in a table: 6 h 30 min."""
    hours, rest = divmod(round(value), 60)
    if value < 10:
        return gettext("%(minutes)s min", minutes=number(value, 1))
    if not hours:
        return gettext("%(minutes)s min", minutes=number(rest))
    return gettext("%(hours)s h %(minutes)s min", hours=number(hours), minutes=number(rest))


def short_seconds(value: float) -> str:
    """A length of time in a table: 95 s."""
    return gettext("%(seconds)s s", seconds=number(value, 1 if value < 10 else 0))


def seconds(value: float) -> str:
    """Seconds up to two minutes, then minutes."""
    if value >= 120:
        return minutes(value / 60)
    digits = 1 if value < 10 else 0
    return ngettext("%(n)s second", "%(n)s seconds", round(value), n=number(value, digits))


def size_class(value: str) -> str:
    """A size class such as 10-19 or 1000+, or a number, in the reader's digits."""
    ends = "–".join(number(int(end)) for end in value.rstrip("+").split("-"))
    return f"{ends}+" if value.endswith("+") else ends


def size(value: int) -> str:
    """A number of bytes."""
    if value < KIB:
        return ngettext("%(n)s byte", "%(n)s bytes", value, n=number(value))
    return gettext("%(n)s KiB", n=number(value / KIB, 1))


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "tenth": tenth,
    "signed": signed,
    "money": money,
    "month": month,
    "percent": percent,
    "day": day,
    "short_day": short_day,
    "hour": hour,
    "minutes": minutes,
    "seconds": seconds,
    "short_minutes": short_minutes,
    "short_seconds": short_seconds,
    "size": size,
    "size_class": size_class,
}
"""For the templates, under the same names."""
