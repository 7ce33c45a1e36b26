"""Editions of the agreement as documents: the one in force, and the next one. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.agreed.agreement import (
    BUILT_IN,
    SERVICES_MOST,
    Bounds,
    bounds_of,
    built_in_document,
    canonical,
    excess,
    limits_of_faults,
    number_of,
)
from agent.agreed.fault_rules import FAULT_RULES
from agent.signals import RAW_DAYS, ROW_DAYS
from server.agreement.promises import DAYS, kept, kept_days, roles_now, seen_by
from server.errors import UsageError
from server.terms import BY_NAME, PROMISED, Terms

NOT_AGREED = (
    "Nobody has agreed on this yet. Until then your laptop sends one summary of each day and faults as they "
    "happen, as numbers: how long it took to start, what crashed, how often it was slow or offline, what it "
    "needs. Applications are named only if they are listed here; all others are counted as “other”. It never "
    "sends titles, addresses, names of documents, or what you type. IT is told of faults of the laptop by "
    "its serial number, and you read the same. What it sent is kept for "
    f"{RAW_DAYS} days as it came and for {ROW_DAYS} days as rows; after that only sums of groups remain."
)
AGREED = (
    "This was countersigned. Your laptop collects and sends what is listed here and nothing else, whatever "
    "it is asked for. It never sends titles, addresses, names of documents, or what you type."
)
ENDED = "The agreement has ended. Your laptop collects nothing and sends nothing."

VOCABULARY = ("summary", "event", "events", "facts")
"""Parts of a document whose names come from the vocabulary."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An agreement that is in force. Without a signature it is the built-in one, or an end."""

    document: Mapping[str, Any]
    signature: bytes | None = None
    modulus: bytes | None = None
    since: date | None = None

    @property
    def number(self) -> int:
        return number_of(self.document)

    @property
    def next_key(self) -> str:
        """Fingerprint of the key that signs after this edition; empty where it stays the same."""
        return str(self.document.get("next_key", ""))

    @property
    def bounds(self) -> Bounds:
        return bounds_of(self.document)

    @property
    def content(self) -> bytes:
        """The bytes that are hashed and signed."""
        return canonical(self.document)

    @property
    def digest(self) -> str:
        return digest(self.document)

    @property
    def ended(self) -> bool:
        return self.document.get("ended") is True

    @property
    def agreed(self) -> bool:
        return self.signature is not None and not self.ended

    @property
    def left_out(self) -> list[str]:
        """Names of the vocabulary that are not agreed, and so never leave a laptop."""
        parts = [each.names for each in excess(BUILT_IN, self.bounds) if each.about in VOCABULARY]
        return [] if self.ended else [name for names in parts for name in names]

    @property
    def faults(self) -> dict[str, dict[str, float]]:
        """The faults that IT may be told of, with the numbers that decide; rules of other releases are left
        out, because nobody here knows how they are found."""
        if self.ended:
            return {}
        found = limits_of_faults(self.document)
        return {name: limits for name, limits in found.items() if name in FAULT_RULES}

    @property
    def text(self) -> str:
        return ENDED if self.ended else AGREED if self.agreed else NOT_AGREED


def built_in() -> Edition:
    """What holds where nobody has agreed on anything."""
    return Edition({**built_in_document(), **promises(PROMISED)})


def promises(terms: Terms) -> dict[str, Any]:
    """The parts of a document that the server keeps: who sees what, and how long it is kept."""
    return {"roles": roles_now(), "keep": kept(terms)}


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document's canonical bytes, the same in every process."""
    return hashlib.sha256(canonical(document)).hexdigest()


def check_readable(document: Mapping[str, Any]) -> None:
    """Raises Unreadable, whichever part it is that cannot be read."""
    bounds_of(document)
    seen_by(document)
    kept_days(document)


def check_kept(edition: Edition, term: str, length: int) -> None:
    """Whether something may be kept so long. UsageError if a signed edition says shorter."""
    if not edition.agreed:
        return
    agreed = kept_days(edition.document).get(term, edition.bounds.most.get(f"{term}_days"))
    unit = BY_NAME[term].unit
    if agreed is not None and length * DAYS[unit] > agreed:
        raise UsageError(
            f"Edition {edition.number} of the agreement lets {term} be kept for {agreed / DAYS[unit]:g} "
            f"{unit}, not {length}. Longer needs an edition that says so: dex-server agreement draft --out"
        )


def check_next(document: Mapping[str, Any], in_force: Edition) -> None:
    """Whether a document may follow the one in force. UsageError says what is wrong with it."""
    if document.get("ended") is True:
        raise UsageError("This document ends the agreement; that is: dex-server agreement end")
    if document.get("number") != in_force.number + 1:
        raise UsageError(
            f"This is edition {document.get('number')}; the next one is {in_force.number + 1}. "
            "Make it anew: dex-server agreement draft"
        )
    named = bounds_of(document).named
    unknown = sorted(p for p in named if p[0] in VOCABULARY and p not in BUILT_IN.named)
    if unknown:
        raise UsageError(f"The document names {'.'.join(unknown[0])}, which this release does not know.")
    strange = sorted(path[1] for path in named if path[0] == "faults" and path[1] not in FAULT_RULES)
    if strange:
        raise UsageError(f"The document names the fault {strange[0]}, which this release does not know.")
    if sum(path[0] == "services" for path in named) > SERVICES_MOST:
        raise UsageError(f"The document names more than {SERVICES_MOST} services.")
    if ("summary", "revision") not in named:
        raise UsageError("A day's summary cannot do without its number: leave summary.revision in.")
