"""Release the pulse periods that have closed: from answers by label to histograms of groups."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.privacy.left_out import periods_left_out
from server.privacy.models import SentimentReleaseRow
from server.privacy.plan import Place
from server.privacy.sentiment_release import LabelledAnswers, PeriodAnswers, make_sentiment_period
from server.privacy.sentiment_store import save_sentiment
from server.pulse.models import PulseHistogram, PulseLabel, PulsePeriod
from server.pulse.payload import CORE_ITEM


def release_closed_periods(session: Session, org_id: UUID, k: int, today: date) -> list[str]:
    """Release every closed period that has answers and neither was released nor is left out; their ids in
    order."""
    released = sa.select(SentimentReleaseRow.period).where(SentimentReleaseRow.org_id == org_id)
    query = (
        sa.select(PulsePeriod.period)
        .where(PulsePeriod.org_id == org_id, PulsePeriod.closed, PulsePeriod.answered > 0)
        .where(PulsePeriod.period.not_in(released))
        .order_by(PulsePeriod.period)
    )
    left_out = set(periods_left_out(session, org_id))
    periods = [period for period in session.scalars(query) if period not in left_out]
    for period in periods:
        answers = period_answers(session, org_id, period)
        save_sentiment(session, org_id, make_sentiment_period(answers, k), today)
    return periods


def period_answers(session: Session, org_id: UUID, period: str, item: str = CORE_ITEM) -> PeriodAnswers:
    """How often each answer to a question was given, under each label of a closed period."""
    query = (
        sa.select(PulseLabel, PulseHistogram.value, PulseHistogram.count)
        .join(
            PulseHistogram,
            (PulseHistogram.org_id == PulseLabel.org_id)
            & (PulseHistogram.period == PulseLabel.period)
            & (PulseHistogram.label == PulseLabel.label),
        )
        .where(PulseLabel.org_id == org_id, PulseHistogram.org_id == org_id, PulseLabel.period == period)
        .where(PulseHistogram.item == item)
        .order_by(PulseLabel.label, PulseHistogram.value)
    )
    rows = [(label, value, count) for label, value, count in session.execute(query)]
    return PeriodAnswers(period, _of_kind("row", rows), _of_kind("col", rows))


def _of_kind(kind: str, rows: Iterable[tuple[PulseLabel, int, int]]) -> tuple[LabelledAnswers, ...]:
    return tuple(
        LabelledAnswers(Place(label.unit or None, label.team or None, label.stage or None), value, count)
        for label, value, count in rows
        if label.kind == kind
    )
