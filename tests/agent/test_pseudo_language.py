"""Every command in a made-up language: what is still plain English on the screen was never translatable."""

import html
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recording_collector import RecordingCollector

from agent.__main__ import main
from agent.advice import ADVICE
from agent.commands.table import COMMANDS
from agent.config import Config
from agent.errors import UsageError
from agent.language import words
from agent.language.catalogue import speaker_of
from agent.language.languages import LANGUAGES
from agent.language.pseudo import lengthened
from agent.pulse.bank import LANGUAGES as QUESTIONS_IN
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.showing import show
from agent.showing.show_page import page
from agent.signals import COVERED, EVENT_KINDS, Sample
from agent.store import observations, spool
from agent.store.local_store import LocalStore, count_dropped, put
from agent.store.observations import SourceState, Tick
from agent.system.facts import device_facts

PROGRAM = "zqeditor"
NAMES = f"{PROGRAM} firefox other SHA-256 d0 true false Wi-Fi Python root"
COMMAND_WORDS = f"{' '.join(COMMANDS)} on off trust {' '.join(QUESTIONS_IN)}"
NO_TEXT = [
    r"\b[0-9a-f]{8}-[0-9a-f-]+\b|\b[0-9a-f]{20,}\b",  # ids, commands, addresses, paths, options
    r"\$ .*",
    r"`[^`]*`",
    r"dex-(agent|server)( --config \S+)?( [a-z]+)?",
    r"(https?|ftp)://[^\s⟧\"']+",
    r"/[^\s⟧,;]+",
    r"--?[a-z][a-z-]*",
    r"\{[^}]*\}",  # choices, in the usage of a command
    rf"\b({'|'.join(NAMES.split())})\b",
]
ENGLISH = re.compile(r"[A-Za-z]*[a-z][A-Za-z]+")


def untranslated(shown: str, names: str = "") -> list[str]:
    """English words that are left beside the ones that are the same in every language."""
    for pattern in (*NO_TEXT, *(rf"\b{re.escape(name)}\b" for name in names.split())):
        shown = re.sub(pattern, " ", shown, flags=re.MULTILINE)
    return ENGLISH.findall(shown)


def names_of_this_machine() -> str:
    """Facts that were sent are names, not texts."""
    return " ".join(re.findall(r"[A-Za-z]+", " ".join(map(str, device_facts().values()))))


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DEX_AGENT_LANG", "en-XA")
    monkeypatch.setenv("COLUMNS", "400")  # no broken lines in help
    words.speak(speaker_of(LANGUAGES["en-XA"]))
    yield
    words.speak(words.English())


@pytest.fixture
def full(enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector) -> Config:
    """A laptop where everything has happened: each event, a delivery, a refusal, a loss, a wrong clock."""
    now = time.time()
    at = datetime.fromtimestamp(now - 30, UTC)
    events = [
        Happening(kind, at, PROGRAM if kind in ("crash", "hang", "oom") else "") for kind in EVENT_KINDS
    ]
    samples = [
        Sample("on_s", 60.0),
        Sample("active_s", 60.0),
        Sample("disk_free_pct", 37.5),
        Sample("boot_s", 31.0),
    ]
    states = {name: SourceState("ok") for name in COVERED} | {
        "boot": SourceState("denied", ADVICE["boot"].linux.denied),
        "hang": SourceState("gap", f"{PROGRAM}: took longer than 10 s and was interrupted."),
        "battery": SourceState("absent", ADVICE["battery"].linux.absent),
    }
    with local_store.transaction() as db:
        observations.record(db, Tick(now, {"all": Reading(samples, events)}, states))
        revisions.make_all_due(db, now)
        count_dropped(db, now, "invalid_value", 3)
    assert deliver(enrolled_config).trouble == ""
    with local_store.transaction() as db:
        put(db, "send_trouble", f"{recording.url} did not answer in time.")
        put(db, "clock_offset", "-300")
        observations.record(db, Tick(now, {"all": Reading([], events[:1])}, states))
        spool.settle(db, spool.answered(db, 1)[0].batch_id, spool.REJECTED, "", now)
    return enrolled_config


def test_the_check_sees_an_unwrapped_text() -> None:
    assert untranslated(lengthened("The agent runs ({process}).").format(process="d0")) == []
    assert untranslated(lengthened("The agent is {state}.").format(state="asleep")) == ["asleep"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_translated(pseudo: None, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*filter(None, [command]), "--help"])
    assert untranslated(capsys.readouterr().out, COMMAND_WORDS) == []


@pytest.mark.parametrize(
    "line", ["status", "show", "doctor", "pulse --status", "agreement", "pause", "pause --end"]
)
def test_what_a_command_says_is_translated(
    pseudo: None, full: Config, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--config", str(full.path), *line.split()])
    shown = capsys.readouterr()
    assert shown.out + shown.err
    assert untranslated(shown.out + shown.err, names_of_this_machine()) == []


@pytest.mark.parametrize(
    "line",
    [
        "status",
        "show --nope",
        "nonsense",
        "",
        "enroll",
        "enroll --key x --server ftp://a",
        "pulse --lang xx",
        "parse",
    ],
)
def test_mistakes_are_told_in_the_language(
    pseudo: None, tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--config", str(tmp_path / "none.toml"), *line.split()] if line else []
    assert exit_code(arguments) == 2
    shown = capsys.readouterr().err
    assert shown
    assert untranslated(shown, f"{COMMAND_WORDS} nonsense xx") == []


def exit_code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as ended:  # argparse's way
        return int(ended.code or 0)


def test_the_page_is_translated(pseudo: None, full: Config, local_store: LocalStore) -> None:
    shown = page(show.report(local_store.db, time.time(), 100))
    shown = re.sub(r"(?s)<(style|pre).*?</\1>", "", shown)
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', shown))
    texts = labels + html.unescape(re.sub(r"<[^>]+>", "\n", shown))
    assert untranslated(texts, names_of_this_machine()) == []


def test_json_and_the_log_of_the_service_stay_english(
    pseudo: None, full: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--config", str(full.path), "doctor", "--json"])
    assert '"about": "Enrolment"' in capsys.readouterr().out
    full.identity_path.unlink()
    main(["--config", str(full.path), "run", "--once"])
    assert "Not enrolled yet" in capsys.readouterr().err


def test_an_error_of_ours_is_retold(pseudo: None) -> None:
    error = UsageError("The configuration /x/y cannot be read: it is no UTF-8 text.")
    assert untranslated(words.retold(str(error))) == []
