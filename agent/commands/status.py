"""`dex-agent status`: one line, then the details."""

import argparse
import json
from pathlib import Path

from agent.config import load_config
from agent.identity import load_identity
from agent.ledger import STATE_WORDS
from agent.local_store import LocalStore
from agent.local_time import clock_time, day_of
from agent.show import count_of, dropped_words
from agent.signals import ADVICE
from agent.status import Status, first_sentence, status


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def main(path: Path, arguments: argparse.Namespace) -> int:
    """Exit code 0: enrolled, running, and nothing is wrong; 1 otherwise."""
    config = load_config(path)
    identity = load_identity(config.identity_path)
    store = LocalStore(config.store_path)
    try:
        found = status(config, identity, store.db)
    finally:
        store.close()
    if arguments.json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(found)))
    return 0 if found.enrolled and found.process and not found.trouble else 1


def _lines(found: Status) -> list[str]:
    sent = f"{day_of(found.last_sent_at)} {clock_time(found.last_sent_at)}" if found.last_sent_at else "never"
    agreement = "agreed" if found.agreed else "the built-in minimal one, not agreed"
    lines = [
        first_sentence(found),
        "",
        f"  collector     {found.server or 'none'}",
        f"  last sent     {sent}",
        f"  waiting       {count_of(found.waiting, 'batch', 'batches')}; {found.rejected} refused",
        f"  dropped       {'; '.join(dropped_words(found.dropped)) or 'nothing'}",
        f"  store         {found.store_bytes / 1024:.0f} KiB",
        f"  clock         {_clock(found.clock_offset_s)}",
        f"  policy        {found.policy_version or 'none yet'}; agreement: {agreement}",
    ]
    if found.policy_refused:
        lines.append(f"                {found.policy_refused}")
    for name, source in sorted(found.sources.items()):
        lines.append(f"  {STATE_WORDS[source['state']]:<14}{ADVICE[name].name}")
    return [*lines, "", "Next: dex-agent doctor   dex-agent show"]


def _clock(offset: float) -> str:
    return (
        f"{-offset:+.0f} s off the collector's; times are corrected"
        if offset
        else "agrees with the collector's"
    )
