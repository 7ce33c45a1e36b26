"""Writing to the audit log, in the transaction of what it tells about.

Entries are added here and ended by retention (audit_chain.py); nothing changes one.
"""

import contextlib
import hashlib
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.access.audit_models import AuditHead, AuditRow
from server.access.roles import Grant

_ENCODER = msgspec.json.Encoder()
BEFORE_THE_FIRST = ""
ON_THE_HOST = "command line"
TEXT_MOST = 500
"""Characters of a text in an entry; what is longer is cut."""


def record(
    session: Session, org_id: UUID, day: date, who: str, action: str, about: str, reason: str | None = None
) -> int:
    """One more entry, durable with what it tells about; returns its number.

    `who` is a role with the account or key behind it, or `command line`; `about` names the thing by its id.
    Until the transaction ends nobody else writes to this log: call it last.
    """
    who, action, about = _plain(who), _plain(action), _plain(about)
    reason = None if reason is None else _plain(reason)
    head = _head(session, org_id)
    number = head.number + 1
    digest = digest_of_entry(head.digest, org_id, number, day, who, action, about, reason)
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
    head.number, head.digest = number, digest
    session.flush()
    return number


def signed_in_as(grant: Grant) -> str:
    """Who somebody on the pages is, for `who` of an entry."""
    return grant.who


def digest_of_entry(
    before: str, org_id: UUID, number: int, day: date, who: str, action: str, about: str, reason: str | None
) -> str:
    """SHA-256 over the entry before and this one: an entry that is changed or taken out breaks the chain."""
    entry = (before, str(org_id), number, day.isoformat(), who, action, about, reason)
    return hashlib.sha256(_ENCODER.encode(entry)).hexdigest()


def _head(session: Session, org_id: UUID) -> AuditHead:
    """Where the log ends, held until the transaction does; two entries never follow the same one."""
    found = session.get(AuditHead, org_id, with_for_update=True, populate_existing=True)
    if found is not None:
        return found
    with contextlib.suppress(IntegrityError), session.begin_nested():  # another writer was first
        session.add(AuditHead(org_id=org_id, number=0, digest=BEFORE_THE_FIRST))
    return session.get_one(AuditHead, org_id, with_for_update=True, populate_existing=True)


def _plain(text: str) -> str:
    """As every database keeps it and one line shows it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:TEXT_MOST]
