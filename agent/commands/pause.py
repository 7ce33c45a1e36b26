"""`dex-agent pause`: nothing is looked at for a while, where the company's policy allows that."""

import argparse
from pathlib import Path

from agent.companion.message import GO_ON, PAUSE, Request
from agent.config import load_config
from agent.errors import UsageError
from agent.language.words import _
from agent.local_time import clock_time
from agent.service import pause
from agent.showing.asking import ask_unless_readable
from agent.store.local_store import LocalStore, get_number


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("hours", nargs="?", metavar=_("HOURS"), help=_("how long; one hour if not given"))
    parser.add_argument("--end", action="store_true", help=_("end the pause now"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    if arguments.end and arguments.hours is not None:
        raise UsageError("Give the hours or --end, not both.")
    print(_end(path) if arguments.end else _begin(path, _hours(arguments.hours)))
    return 0


def _hours(typed: str | None) -> float | None:
    try:
        return None if typed is None else float(typed)
    except ValueError:
        raise UsageError("Give the hours as a number, such as 2 or 0.5.") from None


def _begin(path: Path, hours: float | None) -> str:
    asked = ask_unless_readable(path, Request(PAUSE, hours), lambda answer: float(answer[0]["until"]))
    until = _begun_here(path, hours) if asked is None else asked
    return _(
        "Paused until {time}. Nothing is looked at until then, and what happens meanwhile is not told later; "
        "your company sees that there is a gap.",
        time=clock_time(until),
    )


def _begun_here(path: Path, hours: float | None) -> float:
    store = LocalStore(load_config(path).store_path)
    try:
        return pause.begin_as_allowed(store, hours).until - get_number(store.db, "clock_offset")
    finally:
        store.close()


def _end(path: Path) -> str:
    asked = ask_unless_readable(path, Request(GO_ON), lambda answer: bool(answer[0]["ended"]))
    was_on = _ended_here(path) if asked is None else asked
    return _("The pause is over.") if was_on else _("There is no pause to end.")


def _ended_here(path: Path) -> bool:
    store = LocalStore(load_config(path).store_path)
    try:
        return pause.end_now(store)
    finally:
        store.close()
