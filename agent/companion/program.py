"""The program that stays in a desktop session, without what reading a command line and settings needs."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from agent.companion.blind import Blind
from agent.companion.first_run import FirstRun
from agent.companion.loop import Companion
from agent.companion.message import Greeting
from agent.companion.own_folder import session_name, state_folder
from agent.companion.senses import open_senses
from agent.companion.senses.sense import Gone, Senses, Unavailable
from agent.errors import AgentError
from agent.notices import notice
from agent.system.only_one import Held, hold


class Guide:
    """Knows what the service said: which programs are listed, and what a person is to be told."""

    def __init__(self, first_run: FirstRun) -> None:
        self._first_run = first_run
        self._listed: frozenset[str] = frozenset()

    def greeted(self, greeting: Greeting) -> None:
        self._listed = frozenset(name.casefold() for name in greeting.applications)
        self._first_run.greeted(greeting)

    def each_minute(self, active: bool) -> None:
        self._first_run.each_minute(active)

    def lists(self, program: str) -> bool:
        return program.casefold() in self._listed


def stay(address: Path, config: Path) -> int:
    """Speak to the service at `address` until the session ends. AgentError where one does already."""
    state = state_folder()
    place = _only_one_of(state, session_name())
    signal.signal(signal.SIGTERM, _end)
    guide = Guide(FirstRun(config, state))
    companion = Companion(_senses(guide), address, session_name(), guide)
    try:
        companion.run()
    except Gone as error:
        notice(f"{error} So does its companion.")
    finally:
        companion.close()
        os.close(place)
    return 0


def _senses(guide: Guide) -> Senses:
    try:
        return open_senses(guide.lists)
    except Unavailable as error:
        notice(f"{error} The companion stays, and sees nothing.")
        return Blind(str(error))


def _only_one_of(state: Path, session: str) -> int:
    name = "".join(sign if sign.isalnum() else "-" for sign in session) or "terminal"
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = hold(state / f"companion-{name}.lock")
    except OSError as error:
        raise AgentError(f"{state} cannot be written: {error.strerror}.") from error
    if isinstance(place, Held):
        raise AgentError(f"A companion runs in this session already (process {place.holder}).")
    return place


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
