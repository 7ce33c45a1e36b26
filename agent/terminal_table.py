"""Columns on a terminal, in any script: as wide as they look, each kept apart from its neighbours."""

from unicodedata import category, combining

from agent.languages import LANGUAGES
from agent.words import language

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


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
