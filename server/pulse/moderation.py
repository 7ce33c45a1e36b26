"""Comments of closed periods: they wait for the moderator, and are read once none waits any more.

What the moderator takes out is gone: of a comment nothing is kept but what may be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import BadRequest, NotFound
from server.pulse.models import PulseComment, PulsePeriod
from server.pulse.queries import COMMENTS_LEAST
from server.pulse.taking_out import with_words_taken_out

RELEASED, WITHHELD = "released", "withheld"
"""What becomes of a comment; without a state it waits."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment before its release, in no order."""

    comment_id: UUID
    period: str
    text: str


@dataclass(frozen=True, slots=True)
class Released:
    """What may be read of a period's comments, in no order."""

    period: str
    texts: Sequence[str]


def waiting(session: Session, org_id: UUID) -> list[Waiting]:
    """The comments that wait, the oldest period first; none of a period that runs or has too few."""
    row = PulseComment
    periods = _enough(session, org_id)
    query = sa.select(row.comment_id, row.period, row.text).where(
        row.org_id == org_id, row.period.in_(periods), row.state.is_(None)
    )
    return [Waiting(*found) for found in session.execute(query.order_by(row.period, row.comment_id))]


def decide(session: Session, org_id: UUID, comment_id: UUID, left: str) -> str | None:
    """Release what is `left` of a comment, or withhold it if nothing is; the period if none waits there now.

    NotFound for a comment that does not wait; BadRequest for words that were not said.
    """
    found = next((one for one in waiting(session, org_id) if one.comment_id == comment_id), None)
    if found is None:
        raise NotFound("This comment does not wait any more.")
    text = with_words_taken_out(found.text, left)
    if text is None:
        raise BadRequest("Words can be taken out of a comment; none can be put in or changed.")
    row = PulseComment
    session.execute(
        sa.update(row)
        .where(row.org_id == org_id, row.comment_id == comment_id, row.state.is_(None))
        .values(text=text, state=RELEASED if text else WITHHELD)
        .execution_options(synchronize_session=False)
    )
    return None if _waits(session, org_id, found.period) else found.period


def released(session: Session, org_id: UUID) -> list[Released]:
    """Of each period in which none waits and enough were released, what may be read; the newest first."""
    row = PulseComment
    query = (
        sa.select(row.period, row.text)
        .where(row.org_id == org_id, row.state == RELEASED, row.period.in_(_enough(session, org_id)))
        .order_by(row.period.desc(), row.text)
    )
    found: dict[str, list[str]] = {}
    for period, text in session.execute(query):
        found.setdefault(period, []).append(text)
    return [
        Released(period, texts)
        for period, texts in found.items()
        if len(texts) >= COMMENTS_LEAST and not _waits(session, org_id, period)
    ]


def _enough(session: Session, org_id: UUID) -> Sequence[str]:
    """Closed periods in which enough people wrote something."""
    row = PulseComment
    return session.scalars(
        sa.select(row.period)
        .join(PulsePeriod, (PulsePeriod.org_id == row.org_id) & (PulsePeriod.period == row.period))
        .where(row.org_id == org_id, PulsePeriod.org_id == org_id, PulsePeriod.closed)
        .group_by(row.period)
        .having(sa.func.count() >= COMMENTS_LEAST)
    ).all()


def _waits(session: Session, org_id: UUID, period: str) -> bool:
    row = PulseComment
    query = sa.select(row.comment_id).where(row.org_id == org_id, row.period == period, row.state.is_(None))
    return session.scalar(query.limit(1)) is not None
