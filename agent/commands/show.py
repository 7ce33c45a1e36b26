"""`dex-agent show`: today and the ledger on the terminal, as JSON, or as a page that exists once."""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from agent.companion.message import BATCHES_MOST, SHOW, Request
from agent.config import load_config
from agent.language.formats import day_words, size
from agent.language.words import _, ngettext
from agent.notices import notice
from agent.showing import ledger, show
from agent.showing.asking import ask_unless_readable
from agent.showing.ledger import Entry
from agent.showing.show import Report
from agent.showing.show_page import WAIT_SECONDS, OnePage, page
from agent.showing.terminal_table import cell, next_commands, text_of, width_of
from agent.showing.value_words import BATCH_WORDS
from agent.store import excerpt
from agent.store.excerpt import Piece
from agent.store.local_store import LocalStore

NEWEST = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--page", action="store_true", help=_("show it in a browser: prints a one-time address")
    )
    parser.add_argument("--all", action="store_true", help=_("every batch, not the newest {n}", n=NEWEST))
    parser.add_argument("--bytes", action="store_true", help=_("print what was sent exactly, too"))
    parser.add_argument("--json", action="store_true", help=_("print everything as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    newest = BATCHES_MOST if arguments.all or arguments.page else NEWEST
    asked = ask_unless_readable(path, Request(SHOW, newest=newest), partial(_answered, newest))
    found = asked or _read(path, newest)
    if arguments.page:
        return _serve(found)
    if arguments.json:
        print(json.dumps(show.as_json(found), ensure_ascii=False, indent=1))
    else:
        print(text_of(_lines(path, found, arguments.bytes)))
    return 0


def _answered(newest: int, answer: Sequence[Piece]) -> Report:
    """What the service told, read as if its rows were a store of one's own."""
    *pieces, last = answer
    db = excerpt.opened(pieces)
    try:
        return replace(show.report(db, time.time(), newest), left_out=int(last["left_out"]))
    finally:
        db.close()


def _read(path: Path, newest: int) -> Report:
    store = LocalStore(load_config(path).store_path)
    try:
        return show.report(store.db, time.time(), newest)
    finally:
        store.close()


def _serve(found: Report) -> int:
    one_page = OnePage(page(found))
    print(one_page.address, flush=True)
    minutes = round(WAIT_SECONDS / 60)
    notice(
        ngettext(
            "Open this address on this laptop within {n} minute; it works once.",
            "Open this address on this laptop within {n} minutes; it works once.",
            minutes,
        )
    )
    if one_page.serve():
        return 0
    notice(_("Nobody opened the page; it is gone."))
    return 1


def _lines(path: Path, found: Report, exact: bool) -> list[str]:
    lines = [show.first_sentence(found), found.agreement, *found.refused, ""]
    lines += _section(_("IT is told this is wrong with the laptop (by its asset tag)"), found.faults)
    lines += _section(_("Who of IT looked at this laptop, and why"), found.looks)
    lines += _section(_("Today by the hour (minutes; they stay here)"), _hours(found))
    lines += _section(_("Busy right after slow minutes (names stay here)"), show.busy_words(found))
    lines += _section(
        _("What happened (exact times and names stay here)"), map(show.happening_words, found.happenings)
    )
    lines += _section(_("Known here alone, sent as “other”"), found.unnamed)
    lines += _section(_("What today's summary would say now"), ledger.summary_words(found.summary))
    lines += _section(_waiting(found.waiting_events), _ledger(found.waiting, exact))
    lines += _section(
        _("Left this laptop, newest first"), [*_ledger(found.sent, exact), *show.left_out_words(found)]
    )
    lines += _section(_("Dropped in the last 30 days"), show.dropped_words(found.dropped))
    return [*lines, next_commands(path, "show --page", "doctor")]


def _waiting(events: int) -> str:
    return ngettext(
        "Waiting ({n} event without a batch yet)", "Waiting ({n} events without a batch yet)", events
    )


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [title, *(f"  {line}" for line in list(lines) or [_("nothing")]), ""]


def _hours(found: Report) -> list[str]:
    """A table: the hour, and minutes of each kind."""
    rows = [
        [f"{row['hour']}:00", *(show.hour_words(row, c) for c in show.COLUMNS)]
        for row in show.hours_of(found)
    ]
    table = [[_("from"), *map(_, show.COLUMNS.values())], *rows]
    widths = [max(map(width_of, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell(text, width, to_end=n > 0) for n, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    return lines if rows else []


def _ledger(entries: Iterable[Entry], exact: bool) -> list[str]:
    lines = []
    for entry in entries:
        batch = entry.batch
        head = (day_words(batch.day), _(BATCH_WORDS[batch.state]), size(len(batch.body)), batch.batch_id)
        lines.append("  ".join(map(cell, head)))
        lines += [f"    {line}" for line in entry.words]
        lines += [f"    | {line}" for line in entry.exact.splitlines()] if exact else []
        lines += ["    " + _("The collector said: {answer}", answer=batch.answer)] if batch.answer else []
    return lines
