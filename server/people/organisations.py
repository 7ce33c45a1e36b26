"""Which organisations this installation holds, and which one a command means."""

from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import without_org
from server.errors import UsageError
from server.people.models import Organisation

MAIN = "main"
DEMO = "demo"


def organisations(session: Session) -> list[Organisation]:
    """All of them, by slug. The one question that is asked across organisations."""
    query = sa.select(Organisation).order_by(Organisation.slug)
    return list(session.scalars(query, execution_options=without_org("lists the organisations themselves")))


def create_organisation(
    session: Session, slug: str, name: str, today: date, timezone: str = "UTC", demo: bool = False
) -> Organisation:
    made = Organisation(
        org_id=org_id_of(slug), slug=slug, name=name, timezone=timezone, created_on=today, demo=demo
    )
    session.add(made)
    session.flush()
    return made


def org_id_of(slug: str) -> UUID:
    """The id of an organisation is a function of its slug, so that two starts at once make one."""
    return uuid5(NAMESPACE_URL, f"employee-dex:organisation:{slug}")


def chosen_organisation(session: Session, slug: str | None) -> Organisation:
    """The organisation a command means: the named one, else the demo while it is there, else the main one."""
    known = {found.slug: found for found in organisations(session)}
    if slug is not None:
        if slug not in known:
            names = ", ".join(known) or "none yet"
            raise UsageError(f"There is no organisation “{slug}” here; there are: {names}.")
        return known[slug]
    for choice in (DEMO, MAIN, *known):
        if choice in known:
            return known[choice]
    raise UsageError(
        "There is no organisation in this store yet; make it with: dex-server organisation create"
    )


def local_day(organisation: Organisation, now: datetime) -> date:
    """The day it is where the organisation works."""
    return now.astimezone(ZoneInfo(organisation.timezone)).date()
