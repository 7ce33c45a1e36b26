"""`dex-agent agreement`: what was agreed for this laptop, and whose signature it believes."""

import argparse
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from agent.agreed.agreement import canonical
from agent.agreed.agreement_words import refusals, state_words
from agent.agreed.pinned_key import checked_fingerprint, pinned_key
from agent.agreed.policy import Policy, load_policy
from agent.companion.message import AGREEMENT, Request
from agent.config import Config, load_config
from agent.errors import UsageError
from agent.language.words import _
from agent.showing.asking import ask_unless_readable
from agent.showing.terminal_table import cell, next_commands, text_of, width_of
from agent.store import excerpt
from agent.store.excerpt import Piece
from agent.store.identity import Identity, load_identity
from agent.store.local_store import LocalStore, put


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "trust",
        nargs="*",
        metavar="trust FINGERPRINT",
        help=_("believe agreements that this key has signed, in place of the one known so far"),
    )
    parser.add_argument("--document", action="store_true", help=_("print the agreement, byte for byte"))
    parser.add_argument("--json", action="store_true", help=_("print everything as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    if arguments.trust:
        print(_trust(path, arguments.trust))
        return 0
    told = ask_unless_readable(path, Request(AGREEMENT), partial(_answered, path, arguments))
    print(_read(path, arguments) if told is None else told, end="")
    return 0


def _answered(path: Path, arguments: argparse.Namespace, answer: Sequence[Piece]) -> str:
    """What the service told, read as if its rows were a store of one's own."""
    *pieces, last = answer
    db = excerpt.opened(pieces)
    try:
        return _text(path, arguments, str(last["key"]), db)
    finally:
        db.close()


def _read(path: Path, arguments: argparse.Namespace) -> str:
    config = load_config(path)
    identity = _enrolled(path, config)
    store = LocalStore(config.store_path)
    try:
        return _text(path, arguments, pinned_key(config, identity), store.db)
    finally:
        store.close()


def _enrolled(path: Path, config: Config) -> Identity:
    identity = load_identity(config.identity_path)
    if identity is None:
        raise UsageError(f"This laptop is not enrolled: dex-agent --config {path} enroll")
    return identity


def _text(path: Path, arguments: argparse.Namespace, key: str, db: sqlite3.Connection) -> str:
    """All that is printed; `key` is the fingerprint this laptop knows."""
    if arguments.document:
        return canonical(_document(load_policy(db))).decode()
    if arguments.json:
        return json.dumps(_as_json(key, db), ensure_ascii=False, indent=1) + "\n"
    return text_of(_lines(path, key, db)) + "\n"


def _trust(path: Path, given: list[str]) -> str:
    """The next look at the policy, within two minutes, judges by this key."""
    config = load_config(path)
    identity = _enrolled(path, config)
    if given[0] != "trust" or len(given) < 2:
        raise UsageError("Type: dex-agent agreement trust FINGERPRINT")
    if config.agreement_key:
        raise UsageError(f"The key is set as agreement_key in {config.path}; change it there.")
    fingerprint = checked_fingerprint("".join(given[1:]))
    store = LocalStore(config.store_path)
    try:
        replace(identity, agreement_key=fingerprint).save(config.identity_path)
        with store.transaction() as db:
            put(db, "policy_checked_at", "")
    finally:
        store.close()
    return _("From now on agreements signed by {key} hold on this laptop.", key=fingerprint)


def _document(in_force: Policy) -> dict[str, Any]:
    found = in_force.agreement.get("document")
    return found if isinstance(found, dict) else {}


def _as_json(key: str, db: sqlite3.Connection) -> dict[str, Any]:
    in_force = load_policy(db)
    return {
        "state": "ended" if in_force.ended else "agreed" if in_force.signed is not None else "not agreed",
        "hash": str(in_force.agreement.get("hash", "")),
        "key": key,
        "refused": refusals(db),
        "document": _document(in_force),
    }


def _lines(path: Path, key: str, db: sqlite3.Connection) -> list[str]:
    in_force = load_policy(db)
    whose = _("known key") if in_force.signed is None else _("signed by")
    rows = [
        (_("agreement"), state_words(in_force)),
        (_("SHA-256"), str(in_force.agreement.get("hash", "")) or _("none yet")),
        (whose, key or _("no key is known here")),
        (_("services"), _(", ").join(service.name for service in in_force.services) or _("none")),
        *(("", line) for line in refusals(db)),
    ]
    width = max(width_of(head) for head, text in rows)
    table = [f"  {cell(head, width)}  {cell(text)}" for head, text in rows]
    return [*table, "", next_commands(path, "agreement --document", "show --all --bytes")]
