"""`dex-agent pause`: nothing is looked at for a while, where the company's policy allows that."""

import argparse
import time
from pathlib import Path

from agent.agreed.policy import load_policy
from agent.config import load_config
from agent.errors import AgentError, UsageError
from agent.language.formats import number
from agent.language.words import _
from agent.local_time import clock_time
from agent.service import pause
from agent.store.local_store import LocalStore, get_number

USUAL_HOURS = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "hours", nargs="?", type=float, metavar=_("HOURS"), help=_("how long; one hour if not given")
    )
    parser.add_argument("--end", action="store_true", help=_("end the pause now"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    if arguments.end and arguments.hours is not None:
        raise UsageError("Give the hours or --end, not both.")
    config = load_config(path)
    store = LocalStore(config.store_path)
    try:
        print(_end(store) if arguments.end else _begin(store, arguments.hours))
    finally:
        store.close()
    return 0


def _begin(store: LocalStore, hours: float | None) -> str:
    rule = pause.rule_of(load_policy(store.db).document)
    if not rule.allowed:
        raise AgentError("Your company's policy does not allow a pause.")
    wanted = min(USUAL_HOURS, rule.most_hours) if hours is None else hours
    if not 0 < wanted <= rule.most_hours:
        most = number(rule.most_hours)
        raise UsageError(f"A pause may last up to {most} hours.")
    with store.transaction() as db:
        begun = pause.begin(db, _now(store), wanted)
    until = clock_time(begun.until - get_number(store.db, "clock_offset"))
    return _(
        "Paused until {time}. Nothing is looked at until then, and what happens meanwhile is not told later; "
        "your company sees that there is a gap.",
        time=until,
    )


def _end(store: LocalStore) -> str:
    now = _now(store)
    if pause.current(store.db, now) is None:
        return _("There is no pause to end.")
    with store.transaction() as db:
        pause.end(db, now)
    return _("The pause is over.")


def _now(store: LocalStore) -> float:
    return time.time() + get_number(store.db, "clock_offset")
