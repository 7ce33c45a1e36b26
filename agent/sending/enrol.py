"""Make this laptop known to its collector, once; and again as one of its own, if its disk was copied."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.agreed.agreement import Unreadable
from agent.agreed.countersign import signed_by
from agent.agreed.pinned_key import pinned_key
from agent.agreed.policy_offer import take
from agent.config import PRIVATE, Config
from agent.errors import Refused, Unreachable, UsageError
from agent.sending import batches
from agent.sending.answers import Answer
from agent.sending.new_owner import begin_empty_if_new
from agent.sending.transport import Transport
from agent.signals import FACTS
from agent.store import bodies, observations, spool
from agent.store.identity import Identity
from agent.store.local_store import LocalStore, get_number, put
from agent.system.clock import significant
from agent.system.facts import device_facts, hardware_id

UNMARKED = "unmarked"
"""Nobody said whose the laptop is; the collector then looks for its serial number in the asset list."""


def enrol(config: Config, store: LocalStore, transport: Transport, key: str, person: str = "") -> Identity:
    """Enrol by a key and write the identity. Refused or Unreachable say in one sentence what is wrong."""
    if config.ownership == PRIVATE:
        raise UsageError("This laptop is marked as private; only the company's laptops are enrolled.")
    with store.transaction() as db:
        install_id = batches.install_id(db)
    answer = transport.enroll(key, _asked(install_id, person, config.ownership or UNMARKED))
    identity = _identity(config.server, answer)
    identity.save(config.identity_path)
    begin_empty_if_new(config, store, _policy(answer))
    with store.transaction() as db:
        if answer.clock_offset is not None:
            put(db, "clock_offset", str(significant(answer.clock_offset)))
        take(db, _policy(answer), "", pinned_key(config, identity))
        for key_of_state in ("send_failures", "send_not_before", "send_trouble", "policy_checked_at"):
            put(db, key_of_state, "")
    return identity


def enrol_copy(config: Config, store: LocalStore, transport: Transport, identity: Identity) -> Identity:
    """Two laptops send under one installation, because a disk was copied: this one becomes its own.

    Batches that wait get the new installation's id and numbers, since theirs are taken.
    """
    install_id = str(uuid.uuid4())
    answer = transport.enroll(identity.token, _asked(install_id, "", config.ownership or UNMARKED))
    made = _identity(config.server, answer)
    fresh = replace(identity, device_id=made.device_id, token=made.token, organisation=made.organisation)
    fresh.save(config.identity_path)
    with store.transaction() as db:
        put(db, "install_id", install_id)
        put(db, "seq", "0")
        for batch in spool.waiting(db):
            seq = batches.next_seq(db)
            content = bodies.unpacked(batch.body) | {"install_id": install_id, "seq": seq}
            spool.rewrite(db, batch.batch_id, seq, bodies.packed(content))
        observations.note_own(db, time.time() + get_number(db, "clock_offset"), "new_install_id")
    return fresh


def write_config(path: Path, server: str, ownership: str = "") -> None:
    """The file that later commands read, for a laptop that has none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = f'ownership = "{ownership}"\n' if ownership else ""
    path.write_text(f'# Settings: docs/agent.md\nserver = "{server}"\n{mark}', "utf-8")


def _asked(install_id: str, person: str, ownership: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "install_id": install_id,
        "ownership": ownership,
        "facts": batches.fit(device_facts(), FACTS, lambda name: None),
    }
    hardware = hardware_id()
    return asked | ({"hardware_id": hardware} if hardware else {}) | ({"person": person} if person else {})


def _identity(server: str, answer: Answer) -> Identity:
    document = answer.document
    if answer.status == 201 and document.get("token") and document.get("device_id"):
        agreement = _policy(answer).get("agreement")
        return Identity(
            server=server,
            device_id=str(document["device_id"]),
            token=str(document["token"]),
            organisation=str(document.get("organisation", "")),
            agreement_key=_signer(agreement) if isinstance(agreement, dict) else "",
        )
    if answer.slug:
        raise Refused(f"The collector at {server} did not enrol this laptop: {answer.sentence}", answer.slug)
    raise Unreachable(f"There is no DEX collector at {server}: {answer.sentence}.")


def _signer(agreement: Mapping[str, Any]) -> str:
    """Fingerprint of the key that signed the agreement which this laptop enrols under."""
    try:
        return signed_by(agreement)
    except Unreadable:
        return ""


def _policy(answer: Answer) -> Mapping[str, Any]:
    found = answer.document.get("policy")
    return found if isinstance(found, dict) else {}
