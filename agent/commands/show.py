"""`dex-agent show`: today and the ledger on the terminal, as JSON, or as a page that exists once."""

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path

from agent import ledger, show
from agent.config import load_config
from agent.ledger import Entry
from agent.local_store import LocalStore
from agent.notices import notice
from agent.show import Report
from agent.show_page import WAIT_SECONDS, OnePage, page

NEWEST = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--page", action="store_true", help="show it in a browser: prints a one-time address")
    parser.add_argument("--all", action="store_true", help=f"every batch, not the newest {NEWEST}")
    parser.add_argument("--bytes", action="store_true", help="print what was sent exactly, too")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def main(path: Path, arguments: argparse.Namespace) -> int:
    store = LocalStore(load_config(path).store_path)
    try:
        everything = arguments.all or arguments.page
        found = show.report(store.db, time.time(), 100_000 if everything else NEWEST)
    finally:
        store.close()
    if arguments.page:
        return _serve(found)
    if arguments.json:
        print(json.dumps(show.as_json(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(found, arguments.bytes)))
    return 0


def _serve(found: Report) -> int:
    one_page = OnePage(page(found))
    print(one_page.address, flush=True)
    notice(f"Open this address on this laptop within {WAIT_SECONDS / 60:.0f} minutes; it works once.")
    if one_page.serve():
        return 0
    notice("Nobody opened the page; it is gone.")
    return 1


def _lines(found: Report, exact: bool) -> list[str]:
    lines = [show.first_sentence(found), ""]
    lines += _section("Today by the hour (minutes; they stay here)", _hours(found))
    lines += _section(
        "What happened (exact times and names stay here)", map(show.happening_words, found.happenings)
    )
    lines += _section("Known here alone, sent as “other”", found.unnamed)
    lines += _section("What today's summary would say now", ledger.summary_words(found.summary))
    lines += _section(
        f"Waiting ({show.count_of(found.waiting_events, 'event')} without a batch yet)",
        _ledger(found.waiting, exact),
    )
    lines += _section("Left this laptop, newest first", _ledger(found.sent, exact))
    lines += _section("Dropped in the last 30 days", show.dropped_words(found.dropped))
    return [*lines, "Next: dex-agent show --page   dex-agent doctor"]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [title, *(f"  {line}" for line in list(lines) or ["nothing"]), ""]


def _hours(found: Report) -> list[str]:
    """A table: the hour, and minutes of each kind."""
    rows = show.hours_of(found)
    lines = [
        f"{row['hour']}:00" + "".join(f"{show.hour_words(row, column):>9}" for column in show.COLUMNS)
        for row in rows
    ]
    return ["from " + "".join(f"{word:>9}" for word in show.COLUMNS.values()), *lines] if rows else []


def _ledger(entries: Iterable[Entry], exact: bool) -> list[str]:
    lines = []
    for entry in entries:
        batch = entry.batch
        lines.append(f"{batch.day}  {batch.state}  {len(batch.body)} bytes  {batch.batch_id}")
        lines += [f"    {line}" for line in entry.words]
        lines += [f"    | {line}" for line in entry.exact.splitlines()] if exact else []
        lines += [f"    The collector said: {batch.answer}"] if batch.answer else []
    return lines
