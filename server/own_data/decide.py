"""Carrying out what somebody asked for, once the privacy officer has decided so."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from server.own_data.erase import end_restriction_of, erase_person, restrict_person
from server.rights.models import ReceiptRow
from server.rights.requests import Kind, RequestState, waiting_request

_CARRIED_OUT = {
    Kind.ERASURE: erase_person,
    Kind.RESTRICTION: restrict_person,
    Kind.USE: end_restriction_of,
}


def carry_out(session: Session, org_id: UUID, request_id: UUID, who: str, today: date) -> ReceiptRow:
    """Do what was asked for, in the caller's transaction; of an erasure the request goes too."""
    row = waiting_request(session, org_id, request_id)
    kind, person_id = Kind(row.kind), row.person_id
    if kind is not Kind.ERASURE:
        row.state, row.ended_on = RequestState.DONE, today
        session.flush()
    receipt = _CARRIED_OUT[kind](session, org_id, person_id, today, who, f"request {request_id}")
    if kind is not Kind.ERASURE:
        row.receipt = receipt.number
        session.flush()
    return receipt
