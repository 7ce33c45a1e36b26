"""The languages the agent speaks, how each writes numbers, and which one a person gets."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.language.words import LANGUAGE_SETTING


@dataclass(frozen=True, slots=True)
class Language:
    """`decimal` and `group` are the marks inside numbers, whose digits are the same in all of them."""

    code: str
    direction: str = "ltr"
    decimal: str = "."
    group: str = ","


LANGUAGES = {
    language.code: language
    for language in (
        Language("en"),
        Language("de", decimal=",", group="."),
        Language("ar", direction="rtl"),
        Language("en-XA"),  # English with accents and brackets, made by agent/language/pseudo.py
    )
}


def language_of(environ: Mapping[str, str], system: str | None = None) -> Language:
    """The one that is asked for: our own setting, then the session's, then the system's, else English."""
    for wanted in wanted_languages(environ, system):
        found = _known(wanted)
        if found is not None:
            return found
    return LANGUAGES["en"]


def wanted_languages(environ: Mapping[str, str], system: str | None = None) -> Iterator[str]:
    """What may name the language, the first that counts first; some of them are empty."""
    yield environ.get(LANGUAGE_SETTING, "")
    session = next(filter(None, map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    if session.partition(".")[0] in ("C", "POSIX"):  # as gettext has it, this switches translation off
        yield "en"
    yield from environ.get("LANGUAGE", "").split(":")
    yield session
    yield system_language() if system is None else system


def _known(wanted: str) -> Language | None:
    """`de_AT.UTF-8@euro` is German; `en-XA` is meant exactly."""
    name = wanted.partition(".")[0].partition("@")[0].replace("_", "-")
    return LANGUAGES.get(name) or LANGUAGES.get(name.partition("-")[0].lower())


if sys.platform == "win32":
    import ctypes

    def system_language() -> str:
        """Language of the desktop, as `de-DE`."""
        name = ctypes.create_unicode_buffer(85)  # LOCALE_NAME_MAX_LENGTH
        kernel = ctypes.windll.kernel32
        kernel.LCIDToLocaleName(kernel.GetUserDefaultUILanguage(), name, len(name), 0)
        return name.value

elif sys.platform == "darwin":
    import subprocess

    def system_language() -> str:
        """First of the languages the person put in order, as `de-DE`."""
        asked = ["/usr/bin/defaults", "read", "-g", "AppleLanguages"]
        try:
            told = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return ""
        return next(iter(told.replace('"', " ").replace(",", " ").strip("()\n ").split()), "")

else:

    def system_language() -> str:
        """The environment has told it already."""
        return ""
