"""The languages of the pages, and which one a request gets."""

from dataclasses import dataclass

from flask import request


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str
    """As its speakers write it."""
    direction: str = "ltr"


LANGUAGES = {
    language.code: language
    for language in (
        Language("en", "English"),
        Language("de", "Deutsch"),
        Language("es", "Español"),
        Language("fr", "Français"),
        Language("tr", "Türkçe"),
        Language("ru", "Русский"),
        Language("fa", "فارسی", "rtl"),
        Language("ar", "العربية", "rtl"),
    )
}


def asked() -> str | None:
    """The language named in the address, if it is one of ours."""
    code = request.args.get("lang", "")
    return code if code in LANGUAGES else None


def chosen() -> str:
    """The one in the address, else the best one the browser accepts, else English."""
    return asked() or request.accept_languages.best_match(LANGUAGES, "en") or "en"
