"""Lines and columns on a terminal, in any script: as wide as they look, in the direction of the language."""

from collections.abc import Iterable
from pathlib import Path
from unicodedata import bidirectional, category, combining

from agent.config import program
from agent.language.languages import LANGUAGES
from agent.language.words import _, language

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
RIGHT_TO_LEFT_MARK, RIGHT_TO_LEFT_ISOLATE = "\u200f", "\u2067"


def text_of(lines: Iterable[str]) -> str:
    """Lines for the screen; in a language written from the right they say so to the terminal."""
    if LANGUAGES[language()].direction == "rtl":
        lines = map(_from_the_right, lines)
    return "\n".join(lines)


def _from_the_right(line: str) -> str:
    """Commands and bytes stay as they are. The mark is for terminals that look for the first letter."""
    of_the_language = any(bidirectional(character) in ("R", "AL") for character in line)
    if not of_the_language and FIRST_STRONG_ISOLATE not in line:
        return line
    return f"{RIGHT_TO_LEFT_MARK}{RIGHT_TO_LEFT_ISOLATE}{line}{POP_ISOLATE}"


def next_commands(path: Path, *names: str) -> str:
    """What to try next; `path` is the configuration that this command was given."""
    return _("Next: {commands}", commands="   ".join(f"{program(path)} {name}" for name in names))


def width_of(text: str) -> int:
    """How many places a text takes: marks upon a letter and marks of direction take none."""
    return sum(1 for character in text if not combining(character) and category(character) != "Cf")


def cell(text: str, width: int = 0, to_end: bool = False) -> str:
    """A text in a column of this width, at its start or at its end.

    Where a language is written from the right, two cells side by side would else become one run of text
    and change places.
    """
    space = " " * (width - width_of(text))
    if LANGUAGES[language()].direction == "rtl":
        text = f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return space + text if to_end else text + space
