"""`dex-agent companion`: beside the service, one in each desktop session, with its person's rights alone."""

import argparse
import importlib
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
from agent.config import companion_address
from agent.errors import AgentError
from agent.notices import notice
from agent.only_one import Held, hold
from agent.words import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--autostart",
        choices=("on", "off", "status"),
        help=_("start one with each desktop session: for everybody if root says so, else for this account"),
    )
    parser.add_argument("--tell", help=argparse.SUPPRESS)


def main(path: Path, arguments: argparse.Namespace) -> int:
    """Until the session ends. What is rarely needed is in a module that only then is loaded."""
    if arguments.autostart or arguments.tell:
        rare = importlib.import_module("agent.commands.companion_errands")
        code: int = (
            rare.autostart(path, arguments.autostart)
            if arguments.autostart
            else rare.tell(path, arguments.tell)
        )
        return code
    state = state_folder()
    place = _only_one_of(state, session_name())
    signal.signal(signal.SIGTERM, _end)
    host = Guide(FirstRun(path, state))
    companion = Companion(_senses(host), companion_address(path), session_name(), host)
    try:
        companion.run()
    except Gone as error:
        notice(f"{error} So does its companion.")
    finally:
        companion.close()
        os.close(place)
    return 0


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
