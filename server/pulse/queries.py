"""Reads of the pulse: what a laptop is told, the published list, and the comments of closed periods."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.owner import owner_on
from server.people.models import Organisation
from server.people.organisations import local_day
from server.pulse.models import PulseComment, PulseLabel, PulseMember, PulsePeriod

COMMENTS_LEAST = 10
"""Comments are handed to a moderator from this many on, never fewer."""

TIRED_PERIODS, TIRED_SHARE = 2, 0.3
"""Where so few answer so many periods running, the second question is left out."""


def pulse_policy(session: Session, org_id: UUID, device_id: UUID, now: datetime) -> dict[str, Any]:
    """What this laptop has to know of the running period; empty if none runs."""
    told = period_policy(session, org_id, now)
    if not told:
        return {}
    owner = owner_on(session, org_id, device_id, now.date())
    return told | labels_of_laptop(session, org_id, device_id, told["period"], owner.person)


def period_policy(session: Session, org_id: UUID, now: datetime) -> dict[str, Any]:
    """What all laptops have to know of the running period; empty if none runs."""
    period = current_period(session, org_id, now)
    if period is None:
        return {}
    return {
        "period": period.period,
        "first_day": period.first_day.isoformat(),
        "last_day": period.last_day.isoformat(),
        "labels_hash": period.labels_hash,
    }


def labels_of_laptop(
    session: Session, org_id: UUID, device_id: UUID, period: str, owner: UUID | None
) -> dict[str, str]:
    """`row` and `column`, on the one laptop that asks its person; `owner` is whose it is now."""
    member = asked_member(session, org_id, device_id, period, owner)
    return {} if member is None else {"row": member.row_label, "column": member.col_label}


def asked_member(
    session: Session, org_id: UUID, device_id: UUID, period: str, owner: UUID | None
) -> PulseMember | None:
    """Whom this laptop asks in a period: nobody once it is another's, or several people's."""
    if owner is None:
        return None
    return session.scalar(
        sa.select(PulseMember)
        .where(PulseMember.org_id == org_id, PulseMember.period == period)
        .where(PulseMember.device_id == device_id, PulseMember.person_id == owner)
    )


def current_period(session: Session, org_id: UUID, now: datetime) -> PulsePeriod | None:
    """The period that was begun and that the company's own day lies in."""
    org = session.get_one(Organisation, org_id)
    today = local_day(org, now)
    return session.scalar(
        sa.select(PulsePeriod)
        .where(PulsePeriod.org_id == org_id, PulsePeriod.closed.is_(False))
        .where(PulsePeriod.first_day <= today, PulsePeriod.last_day >= today)
    )


def is_tired(session: Session, org_id: UUID) -> bool:
    """Whether, in the last two closed periods, fewer than three in ten answered of those who could."""
    closed = (
        sa.select(PulsePeriod)
        .where(PulsePeriod.org_id == org_id, PulsePeriod.closed)
        .order_by(PulsePeriod.period.desc())
        .limit(TIRED_PERIODS)
    )
    last = list(session.scalars(closed))
    few = [(p.answered or 0) < TIRED_SHARE * (p.issued or 0) for p in last]
    return len(few) == TIRED_PERIODS and all(few)


def label_rows(session: Session, org_id: UUID, period: str) -> list[PulseLabel]:
    """The labels of a period with their head counts, by name."""
    query = (
        sa.select(PulseLabel)
        .where(PulseLabel.org_id == org_id, PulseLabel.period == period)
        .order_by(PulseLabel.label)
    )
    return list(session.scalars(query))


def comments(session: Session, org_id: UUID, period: str) -> list[str]:
    """What there is of the comments of a closed period, for the moderator, in no order; none below
    `COMMENTS_LEAST`."""
    closed = session.scalar(
        sa.select(PulsePeriod.closed).where(PulsePeriod.org_id == org_id, PulsePeriod.period == period)
    )
    if not closed:
        return []
    query = sa.select(PulseComment.text).where(PulseComment.org_id == org_id, PulseComment.period == period)
    found = sorted(session.scalars(query))
    return found if len(found) >= COMMENTS_LEAST else []
