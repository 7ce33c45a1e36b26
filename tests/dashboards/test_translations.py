"""Translations cannot break a page: every text keeps the values and the markup of its original."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from dashboards.languages import LANGUAGES

FOLDER = Path(__file__).parents[2] / "dashboards" / "translations"
MARKUP = re.compile(r"<[^>]+>|&\w+;")
LANGUAGE_CODES = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("code", LANGUAGE_CODES)
def test_every_language_has_texts_that_fit_their_originals(code: str) -> None:
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    assert len(catalogue) > 600
    assert [(str(message.id), errors) for message, errors in catalogue.check()] == []
    for message in filter(lambda found: found.id, catalogue):  # the header has no id
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        for text in filter(None, texts):
            expected = {tuple(MARKUP.findall(original)) for original in originals}
            assert tuple(MARKUP.findall(text)) in expected, f"{code}: {originals[0]}"


@pytest.mark.parametrize("code", LANGUAGE_CODES)
def test_hardly_a_text_is_left_in_english(code: str) -> None:
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    missing = [m.id for m in catalogue if m.id and not (m.string[0] if m.pluralizable else m.string)]
    assert len(missing) <= len(catalogue) / 50, missing[:10]
