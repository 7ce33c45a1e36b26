"""`dex-agent status`: one line, then the details."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.advice import ADVICE
from agent.companion.message import STATUS, Request
from agent.config import load_config
from agent.language.formats import day_words, signed, size
from agent.language.words import _, ngettext, retold
from agent.local_time import clock_time, day_of
from agent.service.status import Status, status
from agent.showing.asking import Part, ask_unless_readable
from agent.showing.show import dropped_words
from agent.showing.status_words import first_sentence
from agent.showing.terminal_table import cell, next_commands, text_of, width_of
from agent.showing.value_words import STATE_WORDS
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print everything as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    """Exit code 0: enrolled, running, and nothing is wrong; 1 otherwise."""
    found = ask_unless_readable(path, Request(STATUS), _answered) or _read(path)
    if arguments.json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    else:
        print(text_of(_lines(path, found)))
    return 0 if found.enrolled and found.process and not found.trouble else 1


def _answered(answer: Sequence[Part]) -> Status:
    found = Status(**answer[0]["status"])
    return replace(found, agreement=retold(found.agreement))


def _read(path: Path) -> Status:
    config = load_config(path)
    identity = load_identity(config.identity_path)
    store = LocalStore(config.store_path)
    try:
        return status(config, identity, store.db)
    finally:
        store.close()


def _lines(path: Path, found: Status) -> list[str]:
    rows = [*_rows(found), *_sources(found)]
    width = max(width_of(head) for head, text in rows)
    table = [f"  {cell(head, width)}  {cell(text)}" for head, text in rows]
    return [first_sentence(found), "", *table, "", next_commands(path, "doctor", "show")]


def _rows(found: Status) -> list[tuple[str, str]]:
    sent = f"{day_words(day_of(found.last_sent_at))} {clock_time(found.last_sent_at)}"
    waiting = ngettext("{n} batch", "{n} batches", found.waiting)
    refused = _("refused: {n}", n=found.rejected)
    rows = [
        (_("collector"), found.server or _("none")),
        *([("", found.moving)] if found.moving else []),
        (_("last sent"), sent if found.last_sent_at else _("never")),
        (_("waiting"), f"{waiting}{_('; ')}{refused}"),
        (_("dropped"), _("; ").join(dropped_words(found.dropped)) or _("nothing")),
        (_("store"), size(found.store_bytes)),
        (_("clock"), _clock(found.clock_offset_s)),
        (_("policy"), found.policy_version or _("none yet")),
        (_("agreement"), found.agreement),
        (_("companions"), ", ".join(found.companions) or _("none")),
    ]
    if found.throttled:
        rows.append((_("saving"), _("the agent was over its budget and does less for now")))
    return [*rows, *(("", retold(line)) for line in found.policy_refused.splitlines())]


def _sources(found: Status) -> list[tuple[str, str]]:
    return [
        (_(STATE_WORDS[source["state"]]), _(ADVICE[name].name))
        for name, source in sorted(found.sources.items())
    ]


def _clock(offset: float) -> str:
    if offset:
        return _("{seconds} s off the collector's; times are corrected", seconds=signed(-offset))
    return _("agrees with the collector's")
