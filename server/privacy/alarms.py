"""Alarms that were published, for those who may see them, and the answer that somebody looks into one."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.permissions import ANSWER_ALARMS, SEE_ALARMS
from server.access.roles import Grant
from server.errors import Forbidden, NotFound
from server.privacy.alarm_models import AlarmLookRow, AlarmRow
from server.scoring.parameters import ALARM_USUAL

MOST_OVER = 50
"""Of alarms that are over, so many are shown, the newest."""


class About(msgspec.Struct, frozen=True):
    """An application or a model ("": groups, which are not named), the version if it is one alone, and the
    size class of the laptops it happened on."""

    item: str
    version: str
    laptops: str


class Alarm(msgspec.Struct, frozen=True):
    """One message: a signal that got worse. `day`: whose look found it; `start`: since when it is so;
    `lasting`: it is over because it went on for so long that it is usual by now."""

    signal: str
    day: date
    start: date
    about: Sequence[About]
    seen_on: date | None
    ended_on: date | None
    lasting: bool


class Alarms(msgspec.Struct, frozen=True):
    """Newest first. `looked_until`: the last day that was looked at, None before the first."""

    looked_until: date | None
    open: Sequence[Alarm]
    over: Sequence[Alarm]


def alarms_for(session: Session, grant: Grant) -> Alarms:
    """What the role may see. Forbidden for roles that see no alarms."""
    if grant.role not in SEE_ALARMS:
        raise Forbidden("Your role sees no alarms.")
    return published_alarms(session, grant.org_id)


def published_alarms(session: Session, org_id: UUID) -> Alarms:
    """All of an organisation's, for whoever runs the host."""
    rows = session.scalars(
        sa.select(AlarmRow)
        .where(AlarmRow.org_id == org_id)
        .order_by(AlarmRow.day.desc(), AlarmRow.signal, AlarmRow.item)
    )
    found = [_alarm(list(parts)) for _, parts in groupby(rows, key=attrgetter("day", "signal"))]
    look = session.get(AlarmLookRow, org_id)
    return Alarms(
        looked_until=look.day if look is not None else None,
        open=[alarm for alarm in found if alarm.ended_on is None],
        over=[alarm for alarm in found if alarm.ended_on is not None][:MOST_OVER],
    )


def look_into(session: Session, grant: Grant, day: date, signal: str, today: date) -> None:
    """Note that IT looks into an alarm, once; who does is not kept. NotFound if there is none."""
    if grant.role not in ANSWER_ALARMS:
        raise Forbidden("Your role answers no alarms.")
    rows = session.scalars(
        sa.select(AlarmRow).where(
            AlarmRow.org_id == grant.org_id, AlarmRow.day == day, AlarmRow.signal == signal
        )
    ).all()
    if not rows:
        raise NotFound("There is no such alarm.")
    for row in rows:
        row.seen_on = row.seen_on or today


def _alarm(parts: Sequence[AlarmRow]) -> Alarm:
    """Parts of one message; it is over when the last of them is."""
    ends = [row.ended_on for row in parts if row.ended_on is not None]
    ended_on = max(ends) if len(ends) == len(parts) else None
    return Alarm(
        signal=parts[0].signal,
        day=parts[0].day,
        start=min(row.start for row in parts),
        about=[About(row.item, row.version, row.laptops) for row in parts],
        seen_on=parts[0].seen_on,
        ended_on=ended_on,
        lasting=ended_on is not None and (ended_on - parts[0].day).days >= ALARM_USUAL,
    )
