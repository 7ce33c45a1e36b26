"""Writing to the audit log, in the transaction of what it tells about."""

import hashlib
from datetime import date
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.audit_models import AuditRow

_ENCODER = msgspec.json.Encoder()
BEFORE_THE_FIRST = ""


def record(
    session: Session, org_id: UUID, day: date, who: str, action: str, about: str, reason: str | None = None
) -> int:
    """One more entry, durable with what it tells about; returns its number.

    `who` is a role with the account or key behind it, or `command line`; `about` names the thing by its id.
    """
    last = session.scalar(
        sa.select(AuditRow).where(AuditRow.org_id == org_id).order_by(AuditRow.number.desc()).limit(1)
    )
    number, before = (last.number + 1, last.digest) if last is not None else (1, BEFORE_THE_FIRST)
    digest = digest_of_entry(before, number, day, who, action, about, reason)
    session.add(
        AuditRow(
            org_id=org_id,
            number=number,
            day=day,
            who=who,
            action=action,
            about=about,
            reason=reason,
            digest=digest,
        )
    )
    session.flush()
    return number


def digest_of_entry(
    before: str, number: int, day: date, who: str, action: str, about: str, reason: str | None
) -> str:
    """SHA-256 over the entry before and this one: an entry that is changed or taken out breaks the chain."""
    entry = (before, number, day.isoformat(), who, action, about, reason)
    return hashlib.sha256(_ENCODER.encode(entry)).hexdigest()
