"""Numbers, days and lengths of time as the reader's language writes them."""

from datetime import date

from agent.language.languages import LANGUAGES, Language
from agent.language.words import _, language, said

MONTHS = (
    said("January"),
    said("February"),
    said("March"),
    said("April"),
    said("May"),
    said("June"),
    said("July"),
    said("August"),
    said("September"),
    said("October"),
    said("November"),
    said("December"),
)
KIB = 1024


def number(value: float, of: Language | None = None) -> str:
    """A number with at most six figures that mean something, grouped and pointed as the language does."""
    of = of or LANGUAGES[language()]
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return text.translate({ord(","): of.group, ord("."): of.decimal})


def amount(value: float, digits: int = 3) -> str:
    """A measured value, with so many figures that mean something: 4.2."""
    return number(float(f"{value:.{digits}g}"))


def signed(value: float) -> str:
    """A whole number with its sign, plus or a true minus, in front in every direction of text."""
    mark = "\u200e" if LANGUAGES[language()].direction == "rtl" else ""
    return f"{mark}{'−' if value < 0 else '+'}{number(round(abs(value)))}"


def length(seconds: float) -> str:
    """A duration: "5 h 20 min", "12 min", "4.2 s"."""
    if seconds < 60:
        return _("{seconds} s", seconds=amount(seconds))
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return _("{minutes} min", minutes=minutes)
    return _("{hours} h {minutes} min", hours=hours, minutes=minutes)


def minutes_long(minutes: float) -> str:
    """The same for a number of minutes: none of them are not 0 seconds."""
    return length(minutes * 60) if minutes else _("{minutes} min", minutes=0)


def day_words(day: str) -> str:
    """`2026-11-15` as a date in full: 15 November 2026."""
    found = date.fromisoformat(day)
    return _("{day} {month} {year}", day=found.day, month=_(MONTHS[found.month - 1]), year=str(found.year))


def percent(share: float) -> str:
    """A share of 1, as a whole number of hundredths."""
    return _("{n} %", n=round(100 * share))


def size(count: int) -> str:
    """A number of bytes."""
    if count < KIB:
        return _("{n} bytes", n=count)
    return _("{n} KiB", n=number(round(count / KIB, 1)))
