"""The periodic job that lets the names which sign in say whose laptops are, where nobody else has said it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.devices.assignment import Handed, assign_many
from server.devices.models import ACTIVE, BY_SIGN_IN, Device, DeviceFact, DevicePerson
from server.devices.sign_in import Fact, Readers, said
from server.people.models import Organisation, PersonRow
from server.people.organisations import for_each_organisation, local_day
from server.people.sign_in_names import people_by_digest
from server.policy.sign_in_key import keys_that_read

AT_ONCE = 500
"""So many laptops change in one transaction."""


@dataclass(frozen=True, slots=True)
class Owned:
    """What is known of a laptop before: who said it last, and whose it is."""

    owner_by: str | None
    shared: bool
    enrolled_on: date
    person: UUID | None
    left_on: date | None
    """Last day at work of that person, once it is over."""

    @property
    def is_free(self) -> bool:
        """Whether sign-in names may decide: a person's word and the asset list hold while their person is
        here."""
        if self.owner_by == BY_SIGN_IN or (self.owner_by is None and self.person is None):
            return True
        return self.left_on is not None

    @property
    def first_free_day(self) -> date:
        return max(self.enrolled_on, self.left_on + timedelta(days=1)) if self.left_on else self.enrolled_on


@dataclass
class Settled:
    """How many laptops changed hands: to one person, to several, to nobody who is known."""

    assigned: int = 0
    shared: int = 0
    nobody: int = 0
    changes: list[Handed] = field(default_factory=list)


def assign_by_sign_in(store: Store, now: datetime) -> str:
    """The periodic job."""
    done = for_each_organisation(store, lambda organisation: settle(store, organisation, now))
    assigned, shared = sum(each.assigned for each in done), sum(each.shared for each in done)
    return f"{assigned} laptops given to who signs in, {shared} found to be shared"


def settle(store: Store, organisation: Organisation, now: datetime) -> Settled:
    """Bring the laptops of one organisation up to what their sign-in names say."""
    org_id, today = organisation.org_id, local_day(organisation, now)
    with store.reading() as session:
        found = _changes(session, org_id, today)
    for at in range(0, len(found.changes), AT_ONCE):
        with store.transaction() as session:
            assign_many(session, org_id, found.changes[at : at + AT_ONCE], BY_SIGN_IN)
    return found


def _changes(session: Session, org_id: UUID, today: date) -> Settled:
    settled = Settled()
    keys = keys_that_read(session, org_id, today)
    if not keys:
        return settled
    readers = Readers(keys, people_by_digest(session, org_id))
    owned = _owned(session, org_id, today)
    for device_id, facts in _facts(session, org_id):
        before = owned.get(device_id)
        found = said(facts, readers, today)
        if before is None or found is None or not before.is_free:
            continue
        if (found.person, found.shared) == (before.person, before.shared):
            continue
        if before.shared and found.person is not None:  # of the days between nobody knows whose they were
            since = today
        else:
            since = max(found.since, before.first_free_day)
        settled.changes.append(Handed(device_id, found.person, since, found.shared))
        settled.assigned += found.person is not None
        settled.shared += found.shared
        settled.nobody += found.person is None and not found.shared
    return settled


def _facts(session: Session, org_id: UUID) -> Iterator[tuple[UUID, list[Fact]]]:
    """Of laptops that name somebody now; the others stay whose they are."""
    query = (
        sa.select(DeviceFact.device_id, DeviceFact.since, DeviceFact.signin_hmac)
        .where(DeviceFact.org_id == org_id)
        .order_by(DeviceFact.device_id, DeviceFact.since)
    )
    for device_id, rows in groupby(session.execute(query), key=lambda row: row.device_id):
        facts = [Fact(row.since, row.signin_hmac) for row in rows]
        if facts[-1].text is not None:
            yield device_id, facts


def _owned(session: Session, org_id: UUID, today: date) -> dict[UUID, Owned]:
    whose = DevicePerson
    open_rows = sa.select(whose.device_id, whose.person_id).where(
        whose.org_id == org_id, whose.since <= today, sa.or_(whose.until.is_(None), whose.until >= today)
    )
    owners = {row.device_id: row.person_id for row in session.execute(open_rows)}
    leavers = sa.select(PersonRow.person_id, PersonRow.last_day).where(
        PersonRow.org_id == org_id, PersonRow.last_day < today
    )
    left = {row.person_id: row.last_day for row in session.execute(leavers)}
    query = sa.select(Device.device_id, Device.owner_by, Device.shared, Device.enrolled_on).where(
        Device.org_id == org_id, Device.state == ACTIVE
    )
    return {
        row.device_id: Owned(
            row.owner_by,
            bool(row.shared),
            row.enrolled_on,
            person := owners.get(row.device_id),
            left.get(person) if person else None,
        )
        for row in session.execute(query)
    }
