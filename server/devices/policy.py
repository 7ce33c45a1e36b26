"""What a laptop is told to collect. Until an organisation has an agreement, a built-in one holds.

The agreement is one document with one hash; the agent pins the hash at enrolment and refuses a policy that
goes beyond what its document lists.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from agent.signals import EVENT_DETAIL, EVENT_KINDS, FACTS, RAW_DAYS, ROW_DAYS, SUMMARY
from server.devices.applications import APPLICATIONS

POLICY_VERSION = 1
EVENTS_EVERY_SECONDS = 60
POLICY_EVERY_SECONDS = 3600

TEXT = (
    "Nobody has agreed on this yet. Until then your laptop sends one summary of each day and faults as they "
    "happen, as numbers: how long it took to start, what crashed, how often it was slow or offline, what it "
    "needs. Applications are named only if they are listed here; all others are counted as “other”. It never "
    "sends titles, addresses, names of documents, or what you type. What it sent is kept for "
    f"{RAW_DAYS} days as it came and for {ROW_DAYS} days as rows; after that only sums of groups remain."
)


def minimal_agreement() -> dict[str, Any]:
    """The document that holds where nobody has agreed on another one."""
    return {
        "agreed": False,
        "text": TEXT,
        "summary": [field.name for field in SUMMARY],
        "events": {kind: [field.name for field in EVENT_DETAIL[kind]] for kind in EVENT_KINDS},
        "facts": [field.name for field in FACTS],
        "applications": list(APPLICATIONS),
        "services": [],
        "keep_days": {"batches": RAW_DAYS, "rows": ROW_DAYS},
    }


def hash_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document, whatever the order of its names."""
    return hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def policy(pulse: Mapping[str, Any]) -> dict[str, Any]:
    """The whole policy of a laptop; `pulse` is the part about questions."""
    agreement = minimal_agreement()
    return {
        "version": POLICY_VERSION,
        "agreement": {
            "hash": hash_of(agreement),
            "agreed": agreement["agreed"],
            "text": agreement["text"],
            "document": agreement,
        },
        "applications": agreement["applications"],
        "references": [],
        "services": agreement["services"],
        "intervals": {"events_s": EVENTS_EVERY_SECONDS, "policy_s": POLICY_EVERY_SECONDS},
        "pulse": dict(pulse),
    }
