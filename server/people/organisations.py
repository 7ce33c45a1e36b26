"""Which organisations this installation holds, and which one a command means."""

import random
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from server.db import Store, without_org
from server.errors import LeaseLost, UsageError
from server.people.models import Organisation

log = structlog.get_logger()

MAIN = "main"
DEMO = "demo"

Done = TypeVar("Done")


def organisations(session: Session) -> list[Organisation]:
    """All of them, by slug. The one question that is asked across organisations."""
    query = sa.select(Organisation).order_by(Organisation.slug)
    return list(session.scalars(query, execution_options=without_org("lists the organisations themselves")))


def for_each_organisation(
    store: Store, work: Callable[[Organisation], Done], demo: bool = True, shuffled: bool = False
) -> list[Done]:
    """What the work of a job gives for each organisation, by slug or, `shuffled`, in a
    new order each time; without the demo's if not `demo`.

    One whose data are broken must not keep the others waiting: its error is raised after the last one, the
    first of several. Only a lost lease ends it all at once.
    """
    with store.reading() as session:
        known = [found for found in organisations(session) if demo or not found.demo]
    if shuffled:
        random.shuffle(known)
    done: list[Done] = []
    errors: list[Exception] = []
    for organisation in known:
        try:
            done.append(work(organisation))
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("job failed for one organisation", organisation=organisation.slug)
            errors.append(error)
    if errors:
        raise errors[0]
    return done


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
