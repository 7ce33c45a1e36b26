"""Receipts of what was done with somebody's data: a number, a day, rows by table and a digest, no name."""

import hashlib
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from server.access.audit import record
from server.rights.models import ReceiptRow

EXPORTED, ERASED, RESTRICTED, RELEASED = "export", "erasure", "restriction", "end of restriction"
"""Kinds of receipts; of these, RELEASED means that a restriction ended."""
ACTIONS = {
    EXPORTED: "own data exported",
    ERASED: "person erased",
    RESTRICTED: "person restricted",
    RELEASED: "restriction ended",
}
"""Per kind the action in the audit log."""

_ENCODER = msgspec.json.Encoder(order="sorted")


def give_receipt(
    session: Session,
    org_id: UUID,
    kind: str,
    day: date,
    counts: Mapping[str, int],
    who: str,
    about: str,
    reason: str | None = None,
    content: str | None = None,
) -> ReceiptRow:
    """Write what was done into the audit log, whose number the receipt has. Call it last."""
    number = record(session, org_id, day, who, ACTIONS[kind], about, reason)
    row = ReceiptRow(
        org_id=org_id,
        number=number,
        kind=kind,
        day=day,
        counts=dict(counts),
        content=content,
        digest=digest_of(number, kind, day, counts, content),
    )
    session.add(row)
    session.flush()
    return row


def digest_of(number: int, kind: str, day: date, counts: Mapping[str, int], content: str | None) -> str:
    """SHA-256 of the receipt itself: who keeps it can show that it was not changed since."""
    said = {"number": number, "kind": kind, "day": day, "counts": dict(counts), "content": content}
    return hashlib.sha256(_ENCODER.encode(said)).hexdigest()
