"""Find out whether a released number was changed after its release."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.privacy.models import ReleaseRow, SentimentReleaseRow
from server.privacy.records import Record
from server.privacy.release_store import load_releases
from server.privacy.sentiment_store import load_sentiment


def broken_releases(session: Session, org_id: UUID) -> list[str]:
    """Weeks and periods whose digest no longer fits; empty if nothing was touched."""
    weeks = session.scalars(
        sa.select(ReleaseRow).where(ReleaseRow.org_id == org_id).order_by(ReleaseRow.week)
    ).all()
    releases = {r.week: r for r in load_releases(session, org_id, [row.week for row in weeks])}
    periods = session.scalars(
        sa.select(SentimentReleaseRow)
        .where(SentimentReleaseRow.org_id == org_id)
        .order_by(SentimentReleaseRow.period)
    ).all()
    sentiment = {p.period: p for p in load_sentiment(session, org_id)}
    broken_weeks = _broken([(row.week, row.previous, row.digest) for row in weeks], releases)
    return broken_weeks + _broken([(row.period, row.previous, row.digest) for row in periods], sentiment)


def _broken(chain: Iterable[tuple[str, str, str]], records: Mapping[str, Record]) -> list[str]:
    """The first record that is still kept may have had others before it."""
    broken: list[str] = []
    before: str | None = None
    for name, previous, digest in chain:
        if before not in (None, previous) or records[name].digest(previous) != digest:
            broken.append(name)
        before = digest
    return broken
