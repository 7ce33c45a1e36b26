"""That everybody is told once what runs on this laptop: when to try, and in which process.

What is said, and how it is shown, is loaded by a process that ends again (`dex-agent companion --tell`).
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.companion.message import Greeting

LOOK_AGAIN = 5
"""Minutes after somebody was busy, or nothing could show it."""
PATIENT_TRIES = 12
"""Then less often, and what a desktop does not tell no longer counts as busy."""
LATER = 60
TOLD, NOT_NOW = 0, 1
"""Exit codes of the process that tells."""

Start = Callable[[Sequence[str]], int]
"""Starts a program and gives its process id."""


class FirstRun:
    """Tells of the agreement in force, once per account; again when another one has come into force."""

    def __init__(self, config: Path, state: Path, start: Start | None = None) -> None:
        self._config, self._state, self._start = config, state, start or _start
        self._greeting: Greeting | None = None
        self._child = 0
        self._tries, self._wait = 0, 0

    def greeted(self, greeting: Greeting) -> None:
        known = None if was_told(self._state, greeting) else greeting
        if known != self._greeting:
            self._greeting, self._tries, self._wait = known, 0, 0

    def each_minute(self, active: bool) -> None:
        if self._child and not self._has_ended():
            return
        self._wait = max(0, self._wait - 1)
        if self._greeting is None or not active or self._wait:
            return
        if was_told(self._state, self._greeting):
            self._greeting = None
            return
        self._child = self._start(_command(self._config, self._greeting, self._tries >= PATIENT_TRIES))
        self._tries += 1
        self._wait = LOOK_AGAIN if self._tries < PATIENT_TRIES else LATER

    def _has_ended(self) -> bool:
        if sys.platform != "win32":
            try:
                if os.waitpid(self._child, os.WNOHANG) == (0, 0):
                    return False
            except ChildProcessError:
                pass
        self._child = 0
        return True


def was_told(state: Path, greeting: Greeting) -> bool:
    try:
        return _memory(state).read_text("utf-8").strip() == _what(greeting)
    except (OSError, UnicodeDecodeError):
        return False


def remember(state: Path, greeting: Greeting) -> None:
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    _memory(state).write_text(_what(greeting) + "\n", "utf-8")


def _memory(state: Path) -> Path:
    return state / "told"


def _what(greeting: Greeting) -> str:
    """What somebody was told of: whose collector, and the agreement."""
    return f"{greeting.server} {greeting.agreement} {'agreed' if greeting.agreed else 'built in'}"


def _command(config: Path, greeting: Greeting, anyhow: bool) -> list[str]:
    """Of a frozen program, that program itself."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-P", "-m", "agent"]
    told = json.dumps({**greeting._replace(applications=())._asdict(), "anyhow": anyhow})
    return [*program, "--config", str(config), "companion", "--tell", told]


def _start(command: Sequence[str]) -> int:
    return os.spawnv(os.P_NOWAIT, command[0], list(command))  # noqa: S606 (a program of ours)
