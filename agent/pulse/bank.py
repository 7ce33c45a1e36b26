"""The questions and the words around them, in eight languages; a copy ships with the agent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SOURCE = "en"
LANGUAGES = ("en", "de", "fr", "es", "tr", "ru", "fa", "ar")
_NO_SCALE: Mapping[str, Any] = {"values": (), "labels": {}}
_DIGITS = dict.fromkeys(LANGUAGES, "0123456789") | {"fa": "۰۱۲۳۴۵۶۷۸۹", "ar": "٠١٢٣٤٥٦٧٨٩"}


@dataclass(frozen=True, slots=True)
class Question:
    """One question in one language: a label beside each value, or two ends of a row, or none for a text."""

    item: str
    text: str
    values: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def is_row(self) -> bool:
        """A row of numbers of which only the ends have a name."""
        return len(self.labels) < len(self.values)


def question(item: str, language: str) -> Question:
    """A question as it is asked."""
    entry = _bank()["items"][item]
    scale: Mapping[str, Any] = _bank()["scales"].get(entry["scale"], _NO_SCALE)
    labels = scale["labels"].get(language, ())
    return Question(item, entry["text"][language], tuple(scale["values"]), tuple(labels))


def say(key: str, language: str, **values: object) -> str:
    """A text around the questions, with its numbers in the digits of the language."""
    shown = {name: digits(v, language) if isinstance(v, int) else v for name, v in values.items()}
    return str(_bank()["texts"][key][language]).format(**shown)


def digits(number: int, language: str) -> str:
    """A whole number in the digits of the language."""
    return "".join(_DIGITS[language][int(d)] if d.isdigit() else d for d in str(number))


def group_name(group: str, language: str) -> str:
    """How a label's group is called: stages and the company in words, others by their own name."""
    if not group:
        return say("company", language)
    stages: Mapping[str, Mapping[str, str]] = _bank()["stages"]
    return stages[group][language] if group in stages else group


def language_of(named: str) -> str:
    """The language that `named` (such as `de` or `de_DE.UTF-8`) means, else the source language."""
    short = named[:2].lower()
    return short if short in LANGUAGES else SOURCE


def is_reviewed(language: str) -> bool:
    """Whether a native speaker has checked the translation."""
    return language in _bank()["reviewed"]


@cache
def _bank() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("agent.pulse").joinpath("bank.json").read_text("utf-8"))
    return loaded
