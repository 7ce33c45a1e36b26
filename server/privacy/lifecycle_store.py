"""Keep the released periods of joining, moving and leaving: written once, chained by digests."""

from collections import defaultdict
from dataclasses import asdict, fields
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import Conflict
from server.privacy.lifecycle_models import LifecycleMedianRow, LifecycleReleaseRow, LifecycleSumRow
from server.privacy.lifecycle_outcomes import FIGURES, PARTS
from server.privacy.lifecycle_release import LifecycleMedian, LifecyclePeriod, LifecycleSum
from server.privacy.records import FIRST_DIGEST
from server.privacy.release_store import insert_rows

_SUM = [getattr(LifecycleSumRow, column.name) for column in fields(LifecycleSum)]
_MEDIAN = [getattr(LifecycleMedianRow, column.name) for column in fields(LifecycleMedian)]


class PeriodReleased(Conflict):
    slug, title = "already-released", "A release is made once"


def save_period(session: Session, org_id: UUID, release: LifecyclePeriod, today: date) -> str:
    """Write a period; returns its digest. PeriodReleased if it or a later one was released before."""
    last = last_period(session, org_id)
    if last is not None and last.first_day >= release.first:
        raise PeriodReleased(
            f"The period from {last.first_day} was released already; each is once, in order."
        )
    previous = last.digest if last is not None else FIRST_DIGEST
    digest = release.digest(previous)
    key = {"org_id": org_id, "first_day": release.first}
    head = LifecycleReleaseRow(
        **key, last_day=release.last, k=release.k, released_on=today, previous=previous, digest=digest
    )
    session.add(head)
    session.flush()
    insert_rows(session, LifecycleSumRow, key, map(asdict, release.sums))
    insert_rows(session, LifecycleMedianRow, key, map(asdict, release.medians))
    return digest


def last_period(session: Session, org_id: UUID) -> LifecycleReleaseRow | None:
    """The newest released period."""
    row = LifecycleReleaseRow
    return session.scalar(sa.select(row).where(row.org_id == org_id).order_by(row.first_day.desc()).limit(1))


def load_periods(session: Session, org_id: UUID) -> list[LifecyclePeriod]:
    """All released periods that are kept, oldest first, as they were released."""
    head = LifecycleReleaseRow
    heads = session.execute(
        sa.select(head.first_day, head.last_day, head.k).where(head.org_id == org_id).order_by(head.first_day)
    ).all()
    sums: dict[date, list[LifecycleSum]] = defaultdict(list)
    for day, *values in session.execute(
        sa.select(LifecycleSumRow.first_day, *_SUM).where(LifecycleSumRow.org_id == org_id)
    ):
        sums[day].append(LifecycleSum(*values))
    medians: dict[date, list[LifecycleMedian]] = defaultdict(list)
    for day, *values in session.execute(
        sa.select(LifecycleMedianRow.first_day, *_MEDIAN).where(LifecycleMedianRow.org_id == org_id)
    ):
        medians[day].append(LifecycleMedian(*values))
    return [
        LifecyclePeriod(
            *found,
            tuple(sorted(sums[found.first_day], key=_order)),
            tuple(sorted(medians[found.first_day], key=lambda one: FIGURES.index(one.figure))),
        )
        for found in heads
    ]


def _order(found: LifecycleSum) -> tuple[int, str, int]:
    """As the release wrote them: databases do not sort names alike."""
    return FIGURES.index(found.figure), found.unit, PARTS[found.figure].index(found.part)


def broken_periods(session: Session, org_id: UUID) -> list[date]:
    """First days of periods whose digest no longer fits; empty if nothing was touched."""
    row = LifecycleReleaseRow
    query = sa.select(row.previous, row.digest).where(row.org_id == org_id).order_by(row.first_day)
    broken: list[date] = []
    before: str | None = None  # the first one that is still kept may have had others before it
    for link, release in zip(session.execute(query).all(), load_periods(session, org_id), strict=True):
        if before not in (None, link.previous) or release.digest(link.previous) != link.digest:
            broken.append(release.first)
        before = link.digest
    return broken
