"""The audit log as a program reads it."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from server.access.audit_chain import Link, end_of, entries, start_of

ENTRIES_MOST = 1000


class AuditLink(msgspec.Struct):
    """An entry's number and digest."""

    number: int
    digest: str


class AuditEntry(msgspec.Struct):
    """That somebody looked or changed something. `digest` covers the entry before."""

    number: int
    day: date
    who: str
    action: str
    about: str
    reason: str | None
    digest: str


class AuditLog(msgspec.Struct):
    """`start`: the entry before the first that is kept. `end`: the last that was written. At most 1000
    entries; the next ones come after the number of the last of them."""

    organisation: str
    start: AuditLink
    end: AuditLink
    entries: list[AuditEntry]


def audit_log(session: Session, org_id: UUID, after: int) -> AuditLog:
    """Entries with a number above `after`, the oldest first."""
    names = AuditEntry.__struct_fields__
    rows = entries(session, org_id, after, ENTRIES_MOST)
    return AuditLog(
        str(org_id),
        _link(start_of(session, org_id)),
        _link(end_of(session, org_id)),
        [AuditEntry(**{name: getattr(row, name) for name in names}) for row in rows],
    )


def _link(found: Link) -> AuditLink:
    return AuditLink(found.number, found.digest)
