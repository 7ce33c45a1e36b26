"""What the agent says to people, in their language.

Two ways. What is shown right away goes through `_` or `ngettext`. What is raised, kept or logged stays
English, because the service writes it and anybody may read it later; `retold` says it in the reader's
language where it is shown. The service never chooses a language, so it has no catalogue in memory.
"""

from typing import Protocol

LANGUAGE_SETTING = "DEX_AGENT_LANG"
"""Comes before the language of the session."""


class Speaker(Protocol):
    """Says texts in one language."""

    @property
    def language(self) -> str:
        """Its code, such as `de`."""

    def text(self, english: str) -> str: ...

    def counted(self, one: str, many: str, number: int) -> str: ...

    def value(self, value: object) -> str:
        """A number, a name or an address as it stands inside a sentence."""

    def retold(self, sentence: str) -> str: ...


class English:
    """Says everything as it is written in the code."""

    language = "en"

    def text(self, english: str) -> str:
        return english

    def counted(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many

    def value(self, value: object) -> str:
        return f"{value:,}" if isinstance(value, int) else str(value)

    def retold(self, sentence: str) -> str:
        return sentence


_speaker: Speaker = English()


def speak(speaker: Speaker) -> None:
    """From now on, say everything this way."""
    global _speaker
    _speaker = speaker


def language() -> str:
    """The code of the language that is spoken."""
    return _speaker.language


def _(text: str, **values: object) -> str:
    """A text in the reader's language, with `values` in its {places}.

    The text is a plain literal, never an f-string: `_("Enrolled at {server}.", server=...)`.
    """
    return _filled(_speaker.text(text), values)


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """A text that depends on a number, which goes into its place {n}."""
    return _filled(_speaker.counted(one, many, number), {"n": number, **values})


def said(text: str) -> str:
    """Marks a text, which may be an f-string, that stays English here and is `retold` where it is shown.

    The text of an error of ours that is raised needs no mark.
    """
    return text


def retold(sentence: str) -> str:
    """An English sentence that was kept or raised, in the reader's language; one of others stays as it is."""
    return _speaker.retold(sentence)


def _filled(text: str, values: dict[str, object]) -> str:
    return text.format(**{name: _speaker.value(value) for name, value in values.items()}) if values else text
