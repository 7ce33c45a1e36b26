"""What people ask for about their own data, and how the privacy officer's decision is kept."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.audit import record
from server.errors import Conflict, NotFound
from server.rights.models import PersonRequestRow


class Kind(StrEnum):
    """What can be asked for; `USE` ends a restriction."""

    ERASURE = "erasure"
    RESTRICTION = "restriction"
    USE = "use"


class RequestState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ANSWER_LENGTH = 500


def ask(
    session: Session, org_id: UUID, person_id: UUID, kind: Kind, who: str, today: date
) -> PersonRequestRow:
    """A request that waits for the privacy officer. Conflict where the same waits already."""
    known = requests_of(session, org_id, person_id)
    if any(row.kind == kind and row.state == RequestState.WAITING for row in known):
        raise Conflict("You have asked for this already.")
    row = PersonRequestRow(
        org_id=org_id,
        request_id=uuid4(),
        person_id=person_id,
        kind=kind.value,
        state=RequestState.WAITING,
        asked_on=today,
    )
    session.add(row)
    session.flush()
    record(session, org_id, today, who, f"{kind} asked for", f"request {row.request_id}")
    return row


def requests_of(session: Session, org_id: UUID, person_id: UUID) -> Sequence[PersonRequestRow]:
    """The newest first."""
    query = sa.select(PersonRequestRow).where(
        PersonRequestRow.org_id == org_id, PersonRequestRow.person_id == person_id
    )
    return session.scalars(
        query.order_by(PersonRequestRow.asked_on.desc(), PersonRequestRow.request_id)
    ).all()


def waiting(session: Session, org_id: UUID) -> Sequence[PersonRequestRow]:
    """What is to be decided, the oldest first."""
    query = sa.select(PersonRequestRow).where(
        PersonRequestRow.org_id == org_id, PersonRequestRow.state == RequestState.WAITING
    )
    return session.scalars(query.order_by(PersonRequestRow.asked_on, PersonRequestRow.request_id)).all()


def waiting_request(session: Session, org_id: UUID, request_id: UUID) -> PersonRequestRow:
    """One that is to be decided, held until the transaction ends. NotFound or Conflict."""
    found = session.get(PersonRequestRow, (org_id, request_id), with_for_update=True)
    if found is None:
        raise NotFound("There is no such request.")
    if found.state != RequestState.WAITING:
        raise Conflict("This request was decided already.")
    return found


def withdraw(
    session: Session, org_id: UUID, request_id: UUID, person_id: UUID, who: str, today: date
) -> None:
    """Whoever asked does not want it any more."""
    found = waiting_request(session, org_id, request_id)
    if found.person_id != person_id:
        raise NotFound("There is no such request.")
    _end(session, found, RequestState.WITHDRAWN, who, today)


def refuse(session: Session, org_id: UUID, request_id: UUID, answer: str, who: str, today: date) -> None:
    """With a reason, which the person reads."""
    found = waiting_request(session, org_id, request_id)
    found.answer = answer
    _end(session, found, RequestState.REFUSED, who, today)


def _end(session: Session, row: PersonRequestRow, state: RequestState, who: str, today: date) -> None:
    row.state, row.ended_on = state, today
    session.flush()
    record(session, row.org_id, today, who, f"{row.kind} {state}", f"request {row.request_id}")
