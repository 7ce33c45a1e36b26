"""What a laptop tells its person of looks that IT took at it, or wants to take."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from server.people.models import Organisation
from server.people.organisations import local_day
from server.rights.looks import looker, looks_at, name_of, owned_since, state_of

TOLD_DAYS = 90
TOLD_MOST = 20


class LookTold(msgspec.Struct):
    """`day`: on which somebody looked, or asked to. `state`: asked, allowed, refused, open or ended.
    `looked`: whether anything was shown. `name`: empty where it is not known."""

    day: str
    role: str
    name: str
    reason: str
    ticket: str
    state: str
    looked: bool


def looks_told(session: Session, org_id: UUID, device_id: UUID, now: datetime) -> list[LookTold]:
    """Looks of the last 90 days since the laptop is whose it is now, the newest first.

    Every laptop asks, and of most there are none: one question finds that out.
    """
    rows = looks_at(session, org_id, device_id, now.date() - timedelta(days=TOLD_DAYS))
    if not rows:
        return []
    today = local_day(session.get_one(Organisation, org_id), now)
    since = owned_since(session, org_id, device_id)
    told = []
    for row in [row for row in rows if row.asked_on >= since][:TOLD_MOST]:
        by = looker(row.who)
        told.append(
            LookTold(
                (row.opened_on or row.asked_on).isoformat(),
                by.role,
                name_of(session, org_id, by.account),
                row.reason,
                row.ticket,
                str(state_of(row, now, today)),
                row.opened_on is not None,
            )
        )
    return told
