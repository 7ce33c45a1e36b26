"""Looks of IT at one named laptop: for a stated reason and ticket, for a day, and seen by whose laptop it is.

With the setting `ask`, whose laptop it is allows a look first, and may refuse or end it. Every step is in the
audit log.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.audit import record
from server.db import without_org
from server.devices.models import Device, DeviceFact, DevicePerson
from server.errors import Conflict, Forbidden, NotFound, Unprocessable
from server.people.models import PersonRow
from server.rights.models import SupportLookRow, SupportSettingRow
from server.rights.restricted import restricted_laptops

LOOK_TIME = timedelta(hours=24)
"""So long a look is open, from the first time that it is opened."""
WAITING_DAYS = 7
"""A look that nobody allowed, or opened, in this time is over."""
OPEN_AT_ONCE = 10
"""One person of IT has no more looks open or asked for at the same time: nobody walks through a fleet."""
REASON_LENGTH, TICKET_LENGTH = 300, 40
_TICKET = re.compile(rf"[\w#./:-]{{1,{TICKET_LENGTH}}}")


class Consent(StrEnum):
    """`ask`: whose laptop it is says yes or no first. `inform`: they are told."""

    ASK = "ask"
    INFORM = "inform"


class State(StrEnum):
    ASKED = "asked"
    ALLOWED = "allowed"
    REFUSED = "refused"
    OPEN = "open"
    ENDED = "ended"


GOING_ON = (State.ASKED, State.ALLOWED, State.OPEN)


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looked: a role, and the account or the id of the person behind it where that is known."""

    role: str
    account: str


def consent_of(session: Session, org_id: UUID) -> Consent:
    found = session.get(SupportSettingRow, org_id)
    return Consent(found.consent) if found else Consent.ASK


def set_consent(session: Session, org_id: UUID, consent: Consent) -> None:
    session.merge(SupportSettingRow(org_id=org_id, consent=consent.value))
    session.flush()


def laptop_with_serial(session: Session, org_id: UUID, serial: str) -> UUID:
    """The one laptop with this serial number or asset tag. NotFound or Conflict: nothing is listed."""
    newest = (
        sa.select(DeviceFact.device_id, sa.func.max(DeviceFact.since).label("since"))
        .where(DeviceFact.org_id == org_id)
        .group_by(DeviceFact.device_id)
        .subquery()
    )
    query = (
        sa.select(DeviceFact.device_id)
        .join(newest, (newest.c.device_id == DeviceFact.device_id) & (newest.c.since == DeviceFact.since))
        .where(DeviceFact.org_id == org_id, sa.func.lower(DeviceFact.serial) == serial.strip().lower())
        .limit(2)
    )
    found = session.scalars(query).all()
    if not found:
        raise NotFound("No laptop has this serial number or asset tag.")
    if len(found) > 1:
        raise Conflict("Several laptops give this serial number, so it names none of them.")
    return found[0]


def ask_for_look(
    session: Session, org_id: UUID, device_id: UUID, who: str, reason: str, ticket: str, today: date
) -> SupportLookRow:
    """A look that waits for whose laptop it is, or may begin. Unprocessable, Forbidden or Conflict say why
    there is none."""
    reason, ticket = " ".join(reason.split()), ticket.strip()
    if not reason or len(reason) > REASON_LENGTH or not reason.isprintable():
        raise Unprocessable(f"A look needs a reason of 1 to {REASON_LENGTH} characters.")
    if not _TICKET.fullmatch(ticket):
        raise Unprocessable(f"A look needs a ticket: 1 to {TICKET_LENGTH} signs without spaces.")
    if device_id in restricted_laptops(session, org_id, today):
        raise Forbidden("The data of this laptop may not be used.")
    _take_turn(session, org_id, device_id)
    mine = [row for row in looks_by(session, org_id, who, today) if row.state in GOING_ON]
    if any(row.device_id == device_id for row in mine):
        raise Conflict("You have a look at this laptop already.")
    if len(mine) >= OPEN_AT_ONCE:
        raise Conflict(f"You have {OPEN_AT_ONCE} looks that go on; end one first.")
    asks = consent_of(session, org_id) is Consent.ASK
    row = SupportLookRow(
        org_id=org_id,
        device_id=device_id,
        look_id=uuid4(),
        who=who,
        reason=reason,
        ticket=ticket,
        state=State.ASKED if asks else State.ALLOWED,
        asked_on=today,
    )
    session.add(row)
    session.flush()
    _note(session, row, today, who, "laptop look asked")
    return row


def open_look(
    session: Session, org_id: UUID, device_id: UUID, look_id: UUID, who: str, now: datetime, today: date
) -> SupportLookRow:
    """Written down before anything is shown: commit this first. Forbidden where the look is not allowed, or
    not any more."""
    row = _look(session, org_id, device_id, look_id)
    if row.who != who:
        raise NotFound("There is no such look.")
    if device_id in restricted_laptops(session, org_id, today):
        raise Forbidden("The data of this laptop may not be used.")
    state = state_of(row, now, today)
    if state is State.ALLOWED:
        row.state, row.opened_on, row.until = State.OPEN, today, now + LOOK_TIME
    elif state is not State.OPEN:
        raise Forbidden(_NOT_OPEN[state])
    session.flush()
    _note(session, row, today, who, "laptop looked at")
    return row


_NOT_OPEN = {
    State.ASKED: "Whose laptop it is has not allowed this look yet.",
    State.REFUSED: "Whose laptop it is has refused this look.",
    State.ENDED: "This look is over. Ask for another one.",
}


def answer_look(
    session: Session,
    org_id: UUID,
    device_id: UUID,
    look_id: UUID,
    allow: bool,
    who: str,
    now: datetime,
    today: date,
) -> None:
    """Whose laptop it is allows a look, or refuses it, or ends it while it goes on. Conflict where it is
    over, or where people are told and not asked."""
    row = _look(session, org_id, device_id, look_id)
    if consent_of(session, org_id) is not Consent.ASK:
        raise Conflict("Your company tells you of looks and does not ask before.")
    state = state_of(row, now, today)
    if state is State.ASKED:
        row.state = State.ALLOWED if allow else State.REFUSED
    elif state in GOING_ON and not allow:
        row.state, row.until = State.ENDED, None
    else:
        raise Conflict("This look is over.")
    session.flush()
    said = {State.ALLOWED: "laptop look allowed", State.REFUSED: "laptop look refused"}
    _note(session, row, today, who, said.get(State(row.state), "laptop look ended"))


def end_look(session: Session, org_id: UUID, device_id: UUID, look_id: UUID, who: str, today: date) -> None:
    """Whoever asked for it has seen enough."""
    row = _look(session, org_id, device_id, look_id)
    if row.who != who:
        raise NotFound("There is no such look.")
    if row.state in GOING_ON:
        row.state, row.until = State.ENDED, None
        session.flush()
        _note(session, row, today, who, "laptop look ended")


def state_of(row: SupportLookRow, now: datetime, today: date) -> State:
    """What became of it by now."""
    state = State(row.state)
    if state is State.OPEN and (row.until is None or row.until <= now):
        return State.ENDED
    if state in (State.ASKED, State.ALLOWED) and row.asked_on < today - timedelta(days=WAITING_DAYS):
        return State.ENDED
    return state


def looks_by(session: Session, org_id: UUID, who: str, today: date) -> Sequence[SupportLookRow]:
    """What one person of IT asked for of late, the newest first."""
    since = today - timedelta(days=WAITING_DAYS)
    query = sa.select(SupportLookRow).where(
        SupportLookRow.org_id == org_id, SupportLookRow.who == who, SupportLookRow.asked_on >= since
    )
    return session.scalars(query.order_by(SupportLookRow.asked_on.desc(), SupportLookRow.look_id)).all()


def looks_at(session: Session, org_id: UUID, device_id: UUID, since: date) -> Sequence[SupportLookRow]:
    """Every look at a laptop that was asked for from this day on, the newest first."""
    query = sa.select(SupportLookRow).where(
        SupportLookRow.org_id == org_id,
        SupportLookRow.device_id == device_id,
        SupportLookRow.asked_on >= since,
    )
    return session.scalars(query.order_by(SupportLookRow.asked_on.desc(), SupportLookRow.look_id)).all()


def owned_since(session: Session, org_id: UUID, device_id: UUID) -> date:
    """Since when the laptop is whose it is now; what was before is not theirs, nor anybody's to look at.

    Of a laptop that is nobody's, the day after its last owner's last one.
    """
    held = session.scalar(
        sa.select(DevicePerson)
        .where(DevicePerson.org_id == org_id, DevicePerson.device_id == device_id)
        .order_by(DevicePerson.since.desc())
        .limit(1)
    )
    if held is None:
        return session.get_one(Device, (org_id, device_id)).enrolled_on
    return held.since if held.until is None else held.until + timedelta(days=1)


def looker(who: str) -> Looker:
    role, _, account = who.partition(" ")
    return Looker(role, "" if account == "by link" else account)


def name_of(session: Session, org_id: UUID, account: str) -> str:
    """What the person behind an account is called, as far as the directory knows; else the account."""
    try:
        person = session.get(PersonRow, (org_id, UUID(account)))
    except ValueError:
        return account
    return (person.name or person.employee_id) if person else ""


def forget_ends(session: Session, now: datetime) -> int:
    """Looks whose time is over keep no clock time, of all organisations; how many."""
    over = sa.update(SupportLookRow).where(SupportLookRow.until <= now).values(until=None, state=State.ENDED)
    done = session.execute(over, execution_options=without_org("housekeeping by age alone"))
    return int(getattr(done, "rowcount", 0))


def _look(session: Session, org_id: UUID, device_id: UUID, look_id: UUID) -> SupportLookRow:
    found = session.get(SupportLookRow, (org_id, device_id, look_id), with_for_update=True)
    if found is None:
        raise NotFound("There is no such look.")
    return found


def _take_turn(session: Session, org_id: UUID, device_id: UUID) -> None:
    """Two questions about one laptop at once are asked one after the other."""
    if session.get(Device, (org_id, device_id), with_for_update={"key_share": True}) is None:
        raise NotFound("There is no such laptop.")


def _note(session: Session, row: SupportLookRow, today: date, who: str, action: str) -> None:
    record(session, row.org_id, today, who, action, f"laptop {row.device_id}", f"{row.ticket}: {row.reason}")
