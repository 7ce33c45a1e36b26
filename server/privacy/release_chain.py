"""Find out whether a released number was changed after its release."""

from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec
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
    periods = session.scalars(
        sa.select(SentimentReleaseRow)
        .where(SentimentReleaseRow.org_id == org_id)
        .order_by(SentimentReleaseRow.period)
    ).all()
    sentiment = {period.period: period for period in load_sentiment(session, org_id)}
    broken_weeks = _broken(
        [(row.week, row.previous, row.digest) for row in weeks],
        lambda week: load_releases(session, org_id, [week])[0],  # one at a time: years of them are large
    )
    return broken_weeks + _broken(
        [(row.period, row.previous, row.digest) for row in periods], sentiment.__getitem__
    )


def _broken(chain: Iterable[tuple[str, str, str]], record: Callable[[str], Record]) -> list[str]:
    """The first record that is still kept may have had others before it."""
    broken: list[str] = []
    before: str | None = None
    for name, previous, digest in chain:
        if before not in (None, previous) or _digest(record(name), previous) != digest:
            broken.append(name)
        before = digest
    return broken


def _digest(record: Record, previous: str) -> str | None:
    """None where somebody wrote what no release holds, such as no number at all."""
    try:
        return record.digest(previous)
    except (msgspec.ValidationError, ValueError):
        return None
