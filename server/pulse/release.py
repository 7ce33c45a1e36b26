"""A period closes: answers become histograms per label, and the messages are deleted (docs/pulse.md)."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.pulse.models import (
    PulseAnswer,
    PulseHistogram,
    PulseKey,
    PulseLabel,
    PulseMember,
    PulsePeriod,
    PulseSpent,
)
from server.pulse.payload import CORE_ITEM


@dataclass(frozen=True, slots=True)
class Closed:
    """How many people had tokens, and how many answers about satisfaction came."""

    issued: int
    answered: int


def close_period(session: Session, org_id: UUID, period: str) -> Closed | None:
    """Count a period once and for all; None if it is closed already or was never begun."""
    found = session.scalar(
        sa.select(PulsePeriod)
        .where(PulsePeriod.org_id == org_id, PulsePeriod.period == period)
        .with_for_update()
    )
    if found is None or found.closed:
        return None
    counts = _counts(session, org_id, period)
    session.add_all(
        PulseHistogram(org_id=org_id, period=period, label=label, item=item, value=value, count=count)
        for (label, item, value), count in sorted(counts.items())
    )
    rows = set(_row_labels(session, org_id, period))
    found.answered = sum(n for (label, item, _), n in counts.items() if item == CORE_ITEM and label in rows)
    found.issued = session.scalar(
        sa.select(sa.func.count())
        .select_from(PulseMember)
        .where(PulseMember.org_id == org_id, PulseMember.period == period, PulseMember.issued.is_not(None))
    )
    found.closed = True
    _forget(session, org_id, period)
    return Closed(found.issued or 0, found.answered)


def _counts(session: Session, org_id: UUID, period: str) -> Counter[tuple[str, str, int]]:
    answer = PulseAnswer
    rows = session.execute(
        sa.select(answer.label, answer.item, answer.value).where(
            answer.org_id == org_id, answer.period == period
        )
    )
    return Counter((label, item, value) for label, item, value in rows)


def _row_labels(session: Session, org_id: UUID, period: str) -> list[str]:
    query = sa.select(PulseLabel.label).where(
        PulseLabel.org_id == org_id, PulseLabel.period == period, PulseLabel.kind == "row"
    )
    return list(session.scalars(query))


def _forget(session: Session, org_id: UUID, period: str) -> None:
    """Messages, spent tokens, who could answer, and the private halves of the keys."""
    for table in (PulseAnswer, PulseSpent, PulseMember):
        session.execute(sa.delete(table).where(table.org_id == org_id, table.period == period))
    session.execute(
        sa.update(PulseKey).where(PulseKey.org_id == org_id, PulseKey.period == period).values(p=None, q=None)
    )
