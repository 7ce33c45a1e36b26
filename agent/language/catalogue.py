"""The texts of one language, for short-lived commands alone: the service has no use for them.

Catalogues are agent/translations/<language>/LC_MESSAGES/agent.mo, compiled from the .po file beside them.
"""

import re
from collections.abc import Iterator, Mapping
from gettext import GNUTranslations
from pathlib import Path
from unicodedata import bidirectional

from agent.language.formats import number
from agent.language.languages import LANGUAGES, Language
from agent.language.pseudo import lengthened
from agent.language.words import English, Speaker

FOLDER = Path(__file__).parents[1] / "translations"
IDS_FROM = "de"
"""Any complete catalogue: the pseudo-language makes its texts from the English side of this one."""
PLACE = re.compile(r"\{(\w+)\}")
LEAST_LETTERS = 8
"""A pattern with fewer letters of its own would fit too many sentences."""
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


class Catalogue(GNUTranslations):
    """Texts of one language; a text that it does not have is said in English."""

    _catalog: dict[str | tuple[str, int], str]

    def __init__(self, language: Language, path: Path) -> None:
        with path.open("rb") as file:
            super().__init__(file)
        self._of = language
        self._kept = [Pattern(message) for message in self._ids() if PLACE.search(message)]
        self._kept.sort(key=lambda pattern: pattern.own, reverse=True)

    @property
    def language(self) -> str:
        return self._of.code

    def text(self, english: str) -> str:
        return self.gettext(english) if english else ""

    def counted(self, one: str, many: str, number: int) -> str:
        return self.ngettext(one, many, number)

    def value(self, value: object) -> str:
        """In languages written from the right, Latin names and addresses are kept apart from the sentence."""
        if isinstance(value, int):
            return number(value, self._of)
        shown = str(value)
        if self._of.direction == "ltr" or not shown or any(map(_from_the_right, shown)):
            return shown
        return f"{FIRST_STRONG_ISOLATE}{shown}{POP_ISOLATE}"

    def retold(self, sentence: str) -> str:
        """By the pattern with the most letters of its own that fits the whole sentence."""
        if sentence in self._catalog:
            return self.text(sentence)
        for pattern in self._kept:
            values = pattern.values_in(sentence)
            if values is not None:
                retold = {name: self.value(self.retold(value)) for name, value in values.items()}
                return self.text(pattern.message).format(**retold)
        return sentence

    def _ids(self) -> Iterator[str]:
        """Texts without a plural."""
        return (message for message in self._catalog if isinstance(message, str) and message)


def _from_the_right(character: str) -> bool:
    return bidirectional(character) in ("R", "AL")


class Pattern:
    """A message with places, to be found again in a sentence whose places are filled."""

    def __init__(self, message: str) -> None:
        self.message = message
        self._literals = PLACE.split(message)[::2]
        literal = "".join(self._literals)
        self.own = sum(map(str.isalpha, literal)), len(literal)
        """How many letters, and signs, it has beside its places."""
        self._expression: re.Pattern[str] | None = None

    def values_in(self, sentence: str) -> Mapping[str, str] | None:
        if self.own[0] < LEAST_LETTERS or not all(part in sentence for part in self._literals):
            return None
        if self._expression is None:
            parts = PLACE.split(self.message)
            parts[::2] = map(re.escape, parts[::2])
            parts[1::2] = [f"(?P<{name}>.*?)" for name in parts[1::2]]
            self._expression = re.compile("".join(parts), re.DOTALL)
        found = self._expression.fullmatch(sentence)
        return found.groupdict() if found else None


class PseudoCatalogue(Catalogue):
    """Every text is its own, made longer, with accents and in brackets: what is not is not translatable."""

    def text(self, english: str) -> str:
        return lengthened(english)

    def counted(self, one: str, many: str, number: int) -> str:
        return lengthened(one if number == 1 else many)


def speaker_of(language: Language) -> Speaker:
    """English needs no catalogue, and takes the place of one that was not compiled."""
    pseudo = language.code == "en-XA"
    path = FOLDER / (IDS_FROM if pseudo else language.code) / "LC_MESSAGES" / "agent.mo"
    if language == LANGUAGES["en"] or not path.exists():
        return English()
    return (PseudoCatalogue if pseudo else Catalogue)(language, path)
