"""Reading the audit log, whether it is whole, and what ends of it by age."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.audit import BEFORE_THE_FIRST, digest_of_entry
from server.access.audit_models import AuditCheckpoint, AuditHead, AuditRow

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's number and digest."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry at which the log is not what was written, and how."""

    number: int
    says: str


def end_of(session: Session, org_id: UUID) -> Link:
    """The last entry that was written; number 0 if there never was one."""
    head = session.get(AuditHead, org_id)
    return Link(head.number, head.digest) if head else Link(0, BEFORE_THE_FIRST)


def start_of(session: Session, org_id: UUID) -> Link:
    """The entry before the first that is kept."""
    found = session.scalar(
        sa.select(AuditCheckpoint)
        .where(AuditCheckpoint.org_id == org_id)
        .order_by(AuditCheckpoint.number.desc())
        .limit(1)
    )
    return Link(found.number, found.digest) if found else Link(0, BEFORE_THE_FIRST)


def newest_entries(session: Session, org_id: UUID, before: int | None, most: int) -> Sequence[AuditRow]:
    """Entries with a number below `before` (None: all), the newest first."""
    query = sa.select(AuditRow).where(AuditRow.org_id == org_id).order_by(AuditRow.number.desc()).limit(most)
    if before is not None:
        query = query.where(AuditRow.number < before)
    return session.scalars(query).all()


def entries(session: Session, org_id: UUID, after: int = 0, most: int | None = None) -> Iterator[AuditRow]:
    """Entries with a number above `after`, the oldest first, read in pieces."""
    query = sa.select(AuditRow).where(AuditRow.org_id == org_id, AuditRow.number > after)
    ordered = query.order_by(AuditRow.number).limit(most).execution_options(yield_per=ROWS_AT_ONCE)
    yield from session.scalars(ordered)


def first_fault(session: Session, org_id: UUID, noted: Link | None = None) -> Fault | None:
    """None if every entry is as it was written; `noted` is one that somebody wrote down elsewhere.

    Whoever may change the database can write a whole chain anew: what was noted elsewhere shows that too.
    """
    last = start_of(session, org_id)
    seen = noted is None or noted == last
    for row in entries(session, org_id):
        if row.number <= last.number:
            return Fault(row.number, "is there again, though its time was over")
        if row.number != last.number + 1:
            return Fault(last.number + 1, "is missing")
        if row.digest != _digest(row, last.digest):
            return Fault(row.number, "was changed, or stands where another was")
        last = Link(row.number, row.digest)
        seen = seen or noted == last
    end = end_of(session, org_id)
    if end.number > last.number:
        return Fault(last.number + 1, "is missing: the log was cut short")
    if end != last:
        return Fault(last.number, "is not the one at which the log ended")
    if noted is not None and not (seen or _ended(session, org_id, noted)):
        return Fault(noted.number, "is not the one that was noted")
    return None


def end_before(session: Session, org_id: UUID, first: date) -> int:
    """End entries of days before `first`, up to the first that stays; how many. Of the last of them the
    digest stays, so that what follows can still be held against it."""
    gone = _gone_before(org_id, first)
    last = session.scalar(sa.select(AuditRow).where(*gone).order_by(AuditRow.number.desc()).limit(1))
    if last is None:
        return 0
    session.add(AuditCheckpoint(org_id=org_id, number=last.number, day=last.day, digest=last.digest))
    count = count_before(session, org_id, first)
    session.execute(sa.delete(AuditRow).where(AuditRow.org_id == org_id, AuditRow.number <= last.number))
    return count


def count_before(session: Session, org_id: UUID, first: date) -> int:
    """How many entries `end_before` would end."""
    return session.scalar(sa.select(sa.func.count()).where(*_gone_before(org_id, first))) or 0


def _gone_before(org_id: UUID, first: date) -> tuple[sa.ColumnElement[bool], ...]:
    """Days of entries may go back, as clocks do: nothing in the middle of a chain can end alone."""
    stays = sa.select(sa.func.min(AuditRow.number)).where(AuditRow.org_id == org_id, AuditRow.day >= first)
    end = sa.select(sa.func.max(AuditRow.number) + 1).where(AuditRow.org_id == org_id)
    until = sa.func.coalesce(stays.scalar_subquery(), end.scalar_subquery())
    return AuditRow.org_id == org_id, AuditRow.number < until


def _ended(session: Session, org_id: UUID, noted: Link) -> bool:
    """Whether it is one of those whose digest stayed."""
    found = session.get(AuditCheckpoint, (org_id, noted.number))
    return found is not None and found.digest == noted.digest


def _digest(row: AuditRow, before: str) -> str:
    return digest_of_entry(
        before, row.org_id, row.number, row.day, row.who, row.action, row.about, row.reason
    )
