"""Once a day, where the company works, it is looked what is wrong with its laptops."""

from datetime import date, datetime
from importlib.metadata import version
from uuid import UUID

import sqlalchemy as sa

from server.agreement.queries import edition_in_force
from server.db import Store
from server.faults.evidence import evidence, laptops_in_parts, newest_versions
from server.faults.models import FaultLookRow
from server.faults.rules import RULES
from server.faults.store import end_look, keep_found
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.rights.restricted import restricted_laptops
from server.terms import terms_in_force


def look_for_faults(store: Store, now: datetime) -> str:
    """The periodic job. It runs every hour, and looks at each organisation in the first hour of its day."""
    with store.reading() as session:
        days = {row.org_id: row.looked_on for row in session.execute(_DAYS)}

    def look(organisation: Organisation) -> bool:
        today = local_day(organisation, now)
        if days.get(organisation.org_id) == today:
            return False
        look_at(store, organisation.org_id, today)
        return True

    return f"laptops of {sum(for_each_organisation(store, look))} organisations looked at"


_DAYS = sa.select(FaultLookRow.org_id, FaultLookRow.looked_on).execution_options(
    without_org="which organisation was looked at when"
)


def look_at(store: Store, org_id: UUID, today: date) -> None:
    """Look at all laptops of an organisation now. Only faults that are agreed are looked for."""
    with store.reading() as session:
        agreed = edition_in_force(session, org_id).faults
        newest = newest_versions(session, org_id, today)
        first_kept = terms_in_force(session).first_kept("rows", today)
        hidden = set(restricted_laptops(session, org_id, today))
        for part in laptops_in_parts(session, org_id):
            found = {
                device_id: {}
                if device_id in hidden
                else {name: RULES[name].find(seen, numbers) for name, numbers in agreed.items()}
                for device_id, seen in evidence(session, org_id, part, today, newest, version("employee-dex"))
            }
            with store.transaction() as writing:
                keep_found(writing, org_id, part, found, first_kept)
    with store.transaction() as session:
        end_look(session, org_id, today)
