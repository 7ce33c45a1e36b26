"""`dex-agent agreement`: what was agreed for this laptop, and whose signature it believes."""

import argparse
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.agreed.agreement import canonical
from agent.agreed.agreement_words import refusals, state_words
from agent.agreed.countersign import checked_fingerprint
from agent.agreed.policy import Policy, load_policy
from agent.agreed.policy_offer import pinned_key
from agent.config import Config, load_config
from agent.errors import UsageError
from agent.language.words import _
from agent.showing.terminal_table import cell, text_of, width_of
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
    config = load_config(path)
    identity = load_identity(config.identity_path)
    if identity is None:
        raise UsageError(f"This laptop is not enrolled: dex-agent --config {path} enroll")
    store = LocalStore(config.store_path)
    try:
        if arguments.trust:
            print(_trust(config, identity, store, arguments.trust))
        elif arguments.document:
            print(canonical(_document(load_policy(store.db))).decode(), end="")
        elif arguments.json:
            print(json.dumps(_as_json(config, identity, store.db), ensure_ascii=False, indent=1))
        else:
            print(text_of(_lines(config, identity, store.db)))
    finally:
        store.close()
    return 0


def _trust(config: Config, identity: Identity, store: LocalStore, given: list[str]) -> str:
    """The next look at the policy, within two minutes, judges by this key."""
    if given[0] != "trust" or len(given) < 2:
        raise UsageError("Type: dex-agent agreement trust FINGERPRINT")
    if config.agreement_key:
        raise UsageError(f"The key is set as agreement_key in {config.path}; change it there.")
    fingerprint = checked_fingerprint("".join(given[1:]))
    replace(identity, agreement_key=fingerprint).save(config.identity_path)
    with store.transaction() as db:
        put(db, "policy_checked_at", "")
    return _("From now on agreements signed by {key} hold on this laptop.", key=fingerprint)


def _document(in_force: Policy) -> dict[str, Any]:
    found = in_force.agreement.get("document")
    return found if isinstance(found, dict) else {}


def _as_json(config: Config, identity: Identity, db: sqlite3.Connection) -> dict[str, Any]:
    in_force = load_policy(db)
    return {
        "state": "ended" if in_force.ended else "agreed" if in_force.signed is not None else "not agreed",
        "hash": str(in_force.agreement.get("hash", "")),
        "key": pinned_key(config, identity),
        "refused": refusals(db),
        "document": _document(in_force),
    }


def _lines(config: Config, identity: Identity, db: sqlite3.Connection) -> list[str]:
    in_force = load_policy(db)
    whose = _("known key") if in_force.signed is None else _("signed by")
    rows = [
        (_("agreement"), state_words(in_force)),
        (_("SHA-256"), str(in_force.agreement.get("hash", "")) or _("none yet")),
        (whose, pinned_key(config, identity) or _("no key is known here")),
        (_("services"), _(", ").join(service.name for service in in_force.services) or _("none")),
        *(("", line) for line in refusals(db)),
    ]
    width = max(width_of(head) for head, text in rows)
    table = [f"  {cell(head, width)}  {cell(text)}" for head, text in rows]
    commands = "dex-agent agreement --document   dex-agent show --all --bytes"
    return [*table, "", _("Next: {commands}", commands=commands)]
