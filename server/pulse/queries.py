"""Reads of the pulse: what a laptop is told, the published list, and the histograms of closed periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.pulse.models import PulseComment, PulseHistogram, PulseLabel, PulseMember, PulsePeriod
from server.pulse.payload import CORE_ITEM

COMMENTS_LEAST = 10
"""Comments are handed to a moderator from this many on, never fewer."""


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How often `value` was answered under a label. `kind` is `row` or `col`; empty names: the company."""

    period: str
    kind: str
    unit: str | None
    team: str | None
    stage: str | None
    value: int
    count: int


def pulse_policy(session: Session, org_id: UUID, device_id: UUID, today: date) -> dict[str, Any]:
    """What this laptop has to know of the running period; empty if none runs.

    `row` and `column` are there only on the one laptop that asks its person.
    """
    period = current_period(session, org_id, today)
    if period is None:
        return {}
    told: dict[str, Any] = {
        "period": period.period,
        "first_day": period.first_day.isoformat(),
        "last_day": period.last_day.isoformat(),
        "labels_hash": period.labels_hash,
    }
    member = session.scalar(
        sa.select(PulseMember)
        .where(PulseMember.org_id == org_id, PulseMember.period == period.period)
        .where(PulseMember.device_id == device_id)
    )
    if member is not None:
        told |= {"row": member.row_label, "column": member.col_label}
    return told


def current_period(session: Session, org_id: UUID, today: date) -> PulsePeriod | None:
    """The period that was begun and that this day of the company lies in."""
    return session.scalar(
        sa.select(PulsePeriod)
        .where(PulsePeriod.org_id == org_id, PulsePeriod.closed.is_(False))
        .where(PulsePeriod.first_day <= today, PulsePeriod.last_day >= today)
    )


def label_rows(session: Session, org_id: UUID, period: str) -> list[PulseLabel]:
    """The labels of a period with their head counts, by name."""
    query = (
        sa.select(PulseLabel)
        .where(PulseLabel.org_id == org_id, PulseLabel.period == period)
        .order_by(PulseLabel.label)
    )
    return list(session.scalars(query))


def closed_periods(session: Session, org_id: UUID, until: date | None = None) -> list[PulsePeriod]:
    """Closed periods, oldest first; with `until` only those that ended on that day or before."""
    query = sa.select(PulsePeriod).where(PulsePeriod.org_id == org_id, PulsePeriod.closed.is_(True))
    if until is not None:
        query = query.where(PulsePeriod.last_day <= until)
    return list(session.scalars(query.order_by(PulsePeriod.period)))


def label_counts(
    session: Session, org_id: UUID, periods: Sequence[str], item: str = CORE_ITEM
) -> list[LabelCount]:
    """Histograms of closed periods by label: for `server.privacy`, which decides what may be shown."""
    query = (
        sa.select(PulseHistogram, PulseLabel)
        .join(
            PulseLabel,
            (PulseLabel.org_id == PulseHistogram.org_id)
            & (PulseLabel.period == PulseHistogram.period)
            & (PulseLabel.label == PulseHistogram.label),
        )
        .where(PulseHistogram.org_id == org_id, PulseLabel.org_id == org_id)
        .where(PulseHistogram.period.in_(periods), PulseHistogram.item == item)
        .order_by(PulseHistogram.period, PulseHistogram.label, PulseHistogram.value)
    )
    return [
        LabelCount(
            period=histogram.period,
            kind=label.kind,
            unit=label.unit or None,
            team=label.team or None,
            stage=label.stage or None,
            value=histogram.value,
            count=histogram.count,
        )
        for histogram, label in session.execute(query)
    ]


def comments(session: Session, org_id: UUID, period: str) -> list[str]:
    """The comments of a closed period for the moderator, in no order; none below `COMMENTS_LEAST`."""
    closed = session.scalar(
        sa.select(PulsePeriod.closed).where(PulsePeriod.org_id == org_id, PulsePeriod.period == period)
    )
    if not closed:
        return []
    query = sa.select(PulseComment.text).where(PulseComment.org_id == org_id, PulseComment.period == period)
    found = sorted(session.scalars(query))
    return found if len(found) >= COMMENTS_LEAST else []
