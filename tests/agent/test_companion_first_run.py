"""That everybody is told once what runs here, quietly, in their language."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.companion.first_run import LATER, LOOK_AGAIN, PATIENT_TRIES, FirstRun, remember, was_told
from agent.companion.first_words import Words, first_words
from agent.companion.message import Greeting
from agent.companion.show_notice import commands, show

ROOT = Path(__file__).parents[2]
GREETING = Greeting("https://dex.example.org", False, "hash1", ("firefox",))
WORDS = Words("A title", 'A <body> & a "quote"\nin two lines')


class Tries:
    """Counts the processes that would tell."""

    def __init__(self) -> None:
        self.commands: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(command)
        return 0


def minutes(first_run: FirstRun, number: int, active: bool = True) -> None:
    for _ in range(number):
        first_run.each_minute(active)


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Tries:
    return Tries()


def test_it_waits_until_the_service_has_answered_and_somebody_is_there(tmp_path: Path, tries: Tries) -> None:
    first_run = FirstRun(tmp_path / "agent.toml", tmp_path, tries)
    minutes(first_run, 10)
    first_run.greeted(GREETING)
    minutes(first_run, 10, active=False)
    assert tries.commands == []
    minutes(first_run, 1)
    assert len(tries.commands) == 1


def test_it_tries_again_every_five_minutes_then_every_hour(tmp_path: Path, tries: Tries) -> None:
    first_run = FirstRun(tmp_path / "agent.toml", tmp_path, tries)
    first_run.greeted(GREETING)
    minutes(first_run, LOOK_AGAIN * PATIENT_TRIES - 1)
    assert len(tries.commands) == PATIENT_TRIES
    assert not json.loads(tries.commands[-1][-1])["anyhow"]
    minutes(first_run, LATER * 3)
    assert len(tries.commands) in (PATIENT_TRIES + 2, PATIENT_TRIES + 3)
    assert json.loads(tries.commands[-1][-1])["anyhow"]


def test_who_was_told_is_not_told_again_until_the_agreement_is_another(tmp_path: Path, tries: Tries) -> None:
    state = tmp_path / "state"
    remember(state, GREETING)
    assert was_told(state, GREETING)
    first_run = FirstRun(tmp_path / "agent.toml", state, tries)
    first_run.greeted(GREETING)
    minutes(first_run, 10)
    assert tries.commands == []
    first_run.greeted(GREETING._replace(agreed=True, agreement="hash2"))
    minutes(first_run, 1)
    assert len(tries.commands) == 1


def test_once_told_it_stops(tmp_path: Path, tries: Tries) -> None:
    first_run = FirstRun(tmp_path / "agent.toml", tmp_path, tries)
    first_run.greeted(GREETING)
    minutes(first_run, 1)
    remember(tmp_path, GREETING)
    minutes(first_run, 60)
    assert len(tries.commands) == 1


def test_the_words_say_what_why_who_and_how_to_look() -> None:
    words = first_words("https://dex.example.org", False, "dex-agent show --page")
    for part in (
        "crashes",
        "never reads titles",
        "mends",
        "https://dex.example.org",
        "No agreement",
        "show --page",
    ):
        assert part in words.body
    agreed = first_words("https://dex.example.org", True, "dex-agent show --page")
    assert "countersigned" in agreed.body


def test_a_notification_is_quiet_and_holds_no_markup() -> None:
    busctl, gdbus = commands(WORDS, "linux")
    assert busctl[busctl.index("urgency") :] == ["urgency", "y", "0", "0"]
    assert 'A &lt;body&gt; &amp; a "quote"\nin two lines' in busctl
    assert '"A &lt;body&gt; &amp; a \\"quote\\"\\nin two lines"' in gdbus


def test_the_first_way_that_works_is_used() -> None:
    tried: list[str] = []

    def run(command: Sequence[str]) -> bool:
        tried.append(command[0])
        return command[0] == "gdbus"

    assert show(WORDS, run, "linux")
    assert tried == ["busctl", "gdbus"]


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_words_are_arguments_of_a_script_never_a_part_of_it(system: str) -> None:
    [command] = commands(Words("'; evil", '"; evil'), system)
    assert "evil" not in " ".join(command[:-2])


def tell(tmp_path: Path, told: str, language: str = "en", path: str = "") -> subprocess.CompletedProcess[str]:
    """The process that tells, where no desktop and no notification service is."""
    env = {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "DEX_AGENT_LANG": language}
    command = [sys.executable, "-m", "agent", "--config", str(tmp_path / "agent.toml")]
    return subprocess.run(
        [*command, "companion", "--tell", told], env=env, cwd=ROOT, text=True, capture_output=True, timeout=60
    )


TOLD = json.dumps({**GREETING._replace(applications=())._asdict(), "anyhow": False})


def test_where_nothing_can_show_it_it_is_not_taken_for_told(tmp_path: Path) -> None:
    assert tell(tmp_path, TOLD).returncode == 1
    assert not (tmp_path / ".local/state/dex-agent/told").exists()


def test_what_a_notification_service_takes_is_told_and_remembered(tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "busctl").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/shown\n')
    (bin_ / "busctl").chmod(0o755)
    done = tell(tmp_path, TOLD, path=f"{bin_}:{os.environ['PATH']}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "https://dex.example.org" in (tmp_path / "shown").read_text()
    assert was_told(tmp_path / ".local/state/dex-agent", GREETING)


@pytest.mark.parametrize("told", ["nothing", "[]", '{"anyhow": true}'])
def test_what_is_no_greeting_is_refused_in_a_sentence(tmp_path: Path, told: str) -> None:
    done = tell(tmp_path, told)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("dex-agent: ")
