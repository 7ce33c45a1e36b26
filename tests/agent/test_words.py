"""Which language a person gets, and how numbers, days and names stand in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.language import words
from agent.language.catalogue import speaker_of
from agent.language.formats import amount, day_words, length, number, signed, size
from agent.language.languages import LANGUAGES, language_of
from agent.language.words import _, ngettext
from agent.showing.terminal_table import cell, text_of, width_of

FSI, PDI, LRM = "\u2068", "\u2069", "\u200e"


@pytest.fixture
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    words.speak(speaker_of(LANGUAGES[request.param]))
    yield request.param
    words.speak(words.English())


@pytest.mark.parametrize(
    ("environ", "system", "code"),
    [
        ({}, "", "en"),
        ({"LANG": "de_DE.UTF-8"}, "", "de"),
        ({"LANG": "de_AT.UTF-8@euro"}, "", "de"),
        ({"LC_ALL": "ar_EG.UTF-8", "LANG": "de_DE.UTF-8"}, "", "ar"),
        ({"LC_MESSAGES": "de_CH", "LANG": "ar"}, "", "de"),
        ({"LANGUAGE": "xx:ar:de", "LANG": "en_US.UTF-8"}, "", "ar"),
        ({"LANGUAGE": "de", "LC_ALL": "C"}, "", "en"),
        ({"LANGUAGE": "de", "LANG": "C.UTF-8"}, "", "en"),
        ({"LANG": "nb_NO.UTF-8"}, "", "en"),
        ({"LANG": "de_DE.UTF-8", "DEX_AGENT_LANG": "en"}, "", "en"),
        ({"DEX_AGENT_LANG": "en-XA"}, "", "en-XA"),
        ({"DEX_AGENT_LANG": "tlh", "LANG": "de"}, "", "de"),
        ({}, "ar-SA", "ar"),
        ({"LANG": "en_GB.UTF-8"}, "de-DE", "en"),
    ],
)
def test_the_language_that_was_asked_for(environ: dict[str, str], system: str, code: str) -> None:
    assert language_of(environ, system).code == code


@pytest.mark.parametrize(
    ("spoken", "shown"),
    [
        ("en", ["1,234.5", "1,234", "+300", "−5", "5 h 20 min", "4.2 s", "15 November 2026", "2 KiB"]),
        ("de", ["1.234,5", "1.234", "+300", "−5", "5 Std. 20 Min.", "4,2 s", "15. November 2026", "2 KiB"]),
        (
            "ar",
            [
                "1,234.5",
                "1,234",
                f"{LRM}+300",
                f"{LRM}−5",
                "5 س 20 د",
                f"{FSI}4.2{PDI} ث",
                f"15 نوفمبر {FSI}2026{PDI}",
                f"{FSI}2{PDI} ك.ب",
            ],
        ),
    ],
    indirect=["spoken"],
)
def test_numbers_lengths_and_days(spoken: str, shown: list[str]) -> None:
    told = [number(1234.5), number(1234), signed(300), signed(-5.4), length(19_200), length(4.2)]
    assert [*told, day_words("2026-11-15"), size(2048)] == shown


def test_measures_keep_the_figures_that_mean_something() -> None:
    assert [amount(v) for v in (0, 4.25, 12.345, 1234.5)] == ["0", "4.25", "12.3", "1,230"]


@pytest.mark.parametrize("spoken", ["ar"], indirect=True)
def test_names_are_kept_apart_from_a_sentence_written_from_the_right(spoken: str) -> None:
    said = _("Enrolled at {server} as {device}.", server="https://dex.example.org", device="d0")
    assert f"{FSI}https://dex.example.org{PDI}" in said
    assert f"{FSI}d0{PDI}" in said
    assert ngettext("{n} batch", "{n} batches", 3) == "3 دفعات"
    today = _("This laptop, {day}", day=day_words("2026-11-15"))
    assert today == f"هذا الحاسوب، 15 نوفمبر {FSI}2026{PDI}", "our own words go with the sentence"


@pytest.mark.parametrize("spoken", ["en", "ar"], indirect=True)
def test_columns_are_as_wide_as_they_look(spoken: str) -> None:
    assert width_of("كَتَبَ") == 3, "marks upon letters take no place"
    assert width_of(cell("abc", 6)) == 6
    assert width_of(cell(f"{FSI}abc{PDI}", 6, to_end=True)) == 6
    assert cell("abc", 6, to_end=True).startswith("   ")


@pytest.mark.parametrize("spoken", ["ar"], indirect=True)
def test_lines_go_from_the_right_but_for_commands(spoken: str) -> None:
    row = cell("14:00", 6) + cell("12")
    lines = [_("Nothing was seen to fail."), "", "  $ chmod 600 /x", row]
    sentence, empty, command, table = text_of(lines).split("\n")
    assert sentence == f"\u200f\u2067{_('Nothing was seen to fail.')}{PDI}"
    assert (empty, command) == ("", "  $ chmod 600 /x")
    assert table == f"\u200f\u2067{row}{PDI}", "columns in the same order as their headings"


def run(path: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "agent", "--config", str(path), *arguments]
    surroundings = {**os.environ, **environ}
    return subprocess.run(command, capture_output=True, env=surroundings, timeout=60, encoding="utf-8")


def modules(done: subprocess.CompletedProcess[str]) -> set[str]:
    lines = done.stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_the_service_speaks_english_and_loads_no_catalogue(agent_file: Path) -> None:
    shown, served = (run(agent_file, *c, DEX_AGENT_LANG="de") for c in (["show"], ["run", "--once"]))
    resident_never = {
        "agent.language.catalogue",
        "agent.language.languages",
        "agent.language.formats",
        "agent.language.pseudo",
    }
    assert resident_never <= modules(shown)
    assert not resident_never & modules(served)
    for_others_alone = {"agent.showing", "requests", "gzip", "hashlib"}
    assert not for_others_alone & modules(served), "each is megabytes on every laptop, all day"
    assert "Nichts wartet" in shown.stdout
    assert "Not enrolled yet" in served.stderr


def test_a_terminal_that_cannot_show_a_sign_ends_no_command(agent_file: Path) -> None:
    done = run(agent_file, "show", DEX_AGENT_LANG="ar", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "??" in done.stdout
