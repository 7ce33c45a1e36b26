"""Keep the released pulse periods and give them back exactly, as release_store.py does with weeks."""

from collections import defaultdict
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.privacy.models import SentimentReleaseRow, SentimentSumRow
from server.privacy.records import FIRST_DIGEST, SentimentPeriod
from server.privacy.release_store import AlreadyReleased, insert_rows
from server.scoring.variance import Pool


def save_sentiment(session: Session, org_id: UUID, period: SentimentPeriod, today: date) -> str:
    """Write a pulse period; returns its digest. AlreadyReleased if it or a later one was released before."""
    mine = SentimentReleaseRow.org_id == org_id
    last = session.scalar(
        sa.select(SentimentReleaseRow).where(mine).order_by(SentimentReleaseRow.period.desc()).limit(1)
    )
    if last is not None and last.period >= period.period:
        raise AlreadyReleased(f"Period {last.period} was released already; a period is released once.")
    previous = last.digest if last is not None else FIRST_DIGEST
    digest = period.digest(previous)
    key = {"org_id": org_id, "period": period.period}
    session.add(
        SentimentReleaseRow(
            **key,
            k=period.k,
            model=period.model,
            squares=period.pool.squares,
            freedom=period.pool.freedom,
            released_on=today,
            previous=previous,
            digest=digest,
        )
    )
    session.flush()
    insert_rows(
        session,
        SentimentSumRow,
        key,
        (
            {"group_name": group, "answer": answer, "n": n}
            for group, histogram in period.groups.items()
            for answer, n in histogram.items()
        ),
    )
    return digest


def load_sentiment(session: Session, org_id: UUID) -> list[SentimentPeriod]:
    """Every released pulse period, oldest first."""
    groups: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    query = sa.select(SentimentSumRow).where(SentimentSumRow.org_id == org_id)
    for row in session.scalars(query.order_by(*sa.inspect(SentimentSumRow).primary_key)):
        groups[row.period][row.group_name][row.answer] = row.n
    heads = session.scalars(
        sa.select(SentimentReleaseRow)
        .where(SentimentReleaseRow.org_id == org_id)
        .order_by(SentimentReleaseRow.period)
    )
    return [
        SentimentPeriod(
            period=head.period,
            k=head.k,
            model=head.model,
            groups=dict(groups[head.period]),
            pool=Pool(head.squares, head.freedom),
        )
        for head in heads
    ]
