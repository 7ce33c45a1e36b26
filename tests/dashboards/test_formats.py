"""Numbers, days and lengths of time in the reader's language."""

from datetime import date

import pytest

from dashboards import create_app, formats


@pytest.fixture
def read_in(settings, sqlite_store):
    """Formats a value as a reader of this language sees it."""
    app = create_app(settings, sqlite_store)

    def read(language: str, name: str, *arguments: object) -> str:
        with app.test_request_context(f"/?lang={language}"):
            return formats.FILTERS[name](*arguments)

    return read


@pytest.fixture
def settings(tmp_path):
    from server.config import Settings

    return Settings(tmp_path, "", secret_key="only for tests")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "1,234.5"),
        ("de", "1.234,5"),
        ("fr", "1\u202f234,5"),
        ("ru", "1\xa0234,5"),
        ("fa", "۱٬۲۳۴٫۵"),
        ("ar", "1,234.5"),  # the digits of Arabic in general; some countries have others
    ],
)
def test_numbers(read_in, language, shown):
    assert read_in(language, "number", 1234.5, 1) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (2.25, "2.2 minutes"),
        (59.6, "1 hour"),
        (72, "1 hour 12 minutes"),
        (180, "3 hours"),
    ],
)
def test_lengths_of_time(read_in, value, shown):
    assert read_in("en", "minutes", value) == shown


def test_seconds_become_minutes_when_there_are_many(read_in):
    assert read_in("en", "seconds", 38.4) == "38 seconds"
    assert read_in("en", "seconds", 150) == "2.5 minutes"


def test_days_have_the_digits_and_names_of_the_language(read_in):
    day = date(2026, 11, 15)
    assert read_in("en", "day", day) == "Sunday, November 15, 2026"
    assert read_in("de", "day", day) == "Sonntag, 15. November 2026"
    assert "۱۵" in read_in("fa", "day", day)


@pytest.mark.parametrize(
    ("language", "shown"), [("en", ("10–19", "1,000+", "7")), ("fa", ("۱۰–۱۹", "۱٬۰۰۰+", "۷"))]
)
def test_size_classes_have_the_digits_of_the_language(read_in, language, shown):
    assert tuple(read_in(language, "size_class", size) for size in ("10-19", "1000+", "7")) == shown


def test_an_unknown_language_gives_english(read_in):
    assert read_in("xx", "number", 1234.5, 1) == "1,234.5"
