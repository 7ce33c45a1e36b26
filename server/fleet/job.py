"""Once a day, where the company works, its laptops are counted."""

from datetime import date, datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.fleet.models import FleetCountRow
from server.fleet.queries import FleetHealth, counted
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day


def count_fleets(store: Store, now: datetime) -> str:
    """The periodic job. It runs every hour, and counts each organisation in the first hour of its day."""
    with store.reading() as session:
        days = {row.org_id: row.counted_on for row in session.execute(_DAYS)}

    def count(organisation: Organisation) -> bool:
        today = local_day(organisation, now)
        if days.get(organisation.org_id) == today:
            return False
        count_fleet(store, organisation.org_id, today)
        return True

    return f"laptops of {sum(for_each_organisation(store, count))} organisations counted"


_DAYS = sa.select(FleetCountRow.org_id, FleetCountRow.counted_on).execution_options(
    without_org="which organisation was counted when"
)


def count_fleet(store: Store, org_id: UUID, today: date) -> FleetHealth:
    """Count now, and keep it until the next count."""
    with store.reading() as session:
        found = counted(session, org_id, today)
    with store.transaction() as session:
        keep_count(session, org_id, found)
    return found


def keep_count(session: Session, org_id: UUID, found: FleetHealth) -> None:
    counts = msgspec.to_builtins(found.counts)
    session.merge(FleetCountRow(org_id=org_id, counted_on=found.counted_on, counts=counts))
