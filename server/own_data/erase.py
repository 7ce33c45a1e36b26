"""Erasing one person, and restricting what is done with their data. Released figures stay as they are."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import DeviceFact
from server.errors import UsageError
from server.own_data.holdings import Holding, Subject, holdings, person_subject
from server.own_data.receipts import ERASED, RELEASED, RESTRICTED, give_receipt
from server.people.models import PersonRow
from server.rights.models import ReceiptRow
from server.rights.restricted import end_restriction, restrict

ONE_PERSON = "one person"
"""What the audit log says of an erasure: whom it was about is erased too."""


def erase_person(
    session: Session, org_id: UUID, person_id: UUID, today: date, who: str, reason: str | None = None
) -> ReceiptRow:
    """Delete every row about somebody, and what others' rows say of them. UsageError for nobody."""
    person = _known(session, org_id, person_id)
    subject = person_subject(session, org_id, person_id)
    employee_id = person.employee_id
    session.expunge(person)
    counts = {}
    for holding in reversed(list(holdings())):
        if not holding.stays and (gone := _erase(session, holding, subject)):
            counts[holding.table.name] = gone
    managed = (PersonRow.org_id == org_id, PersonRow.manager == employee_id)
    session.connection().execute(sa.update(PersonRow).where(*managed).values(manager=None))
    session.expire_all()
    return give_receipt(session, org_id, ERASED, today, counts, who, ONE_PERSON, reason)


def restrict_person(
    session: Session, org_id: UUID, person_id: UUID, today: date, who: str, reason: str | None = None
) -> ReceiptRow:
    """From now on their rows are kept and used for nothing. UsageError where it is so already."""
    _known(session, org_id, person_id)
    if not restrict(session, org_id, person_id, today):
        raise UsageError("The data of this person are restricted already.")
    return give_receipt(session, org_id, RESTRICTED, today, {}, who, f"person {person_id}", reason)


def end_restriction_of(
    session: Session, org_id: UUID, person_id: UUID, today: date, who: str, reason: str | None = None
) -> ReceiptRow:
    """Their rows are used again. UsageError where they were not restricted."""
    if not end_restriction(session, org_id, person_id):
        raise UsageError("The data of this person are not restricted.")
    return give_receipt(session, org_id, RELEASED, today, {}, who, f"person {person_id}", reason)


def _known(session: Session, org_id: UUID, person_id: UUID) -> PersonRow:
    found = session.get(PersonRow, (org_id, person_id))
    if found is None:
        raise UsageError("There is no such person in the directory.")
    return found


def _erase(session: Session, holding: Holding, subject: Subject) -> int:
    """How many rows of a table went."""
    if holding.table.name == DeviceFact.__tablename__:
        return _erase_facts(session, subject)
    gone = (sa.delete(holding.table).where(condition) for condition in holding.rows_of(subject))
    return sum(session.connection().execute(statement).rowcount for statement in gone)


def _erase_facts(session: Session, subject: Subject) -> int:
    """What a laptop is made of was said on days of this person. The last row of them stays, because a laptop
    does not say it again, without its name and the account that signs in, which may tell whose it was."""
    erased = 0
    for laptop in subject.laptops:
        of_laptop = (DeviceFact.org_id == subject.org_id, DeviceFact.device_id == laptop.device_id)
        known = session.scalars(sa.select(DeviceFact.since).where(*of_laptop)).all()
        for since, until in laptop.spans:
            said = sorted(day for day in known if since <= day and (until is None or day <= until))
            if not said:
                continue
            *before, last = said
            changed = sa.update(DeviceFact).where(*of_laptop, DeviceFact.since == last)
            gone = sa.delete(DeviceFact).where(*of_laptop, DeviceFact.since.in_(before))
            session.connection().execute(changed.values(hostname=None, signin_hmac=None))
            session.connection().execute(gone)
            erased += len(said)
    return erased
