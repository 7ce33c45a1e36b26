"""Messages in the store: written beside their cause, claimed by one worker at a time, and how they ended."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.outbox.models import GIVEN_UP, SENT, WAITING, OutboxRow
from server.outbox.trouble import NotSent, Trouble

_Statement = TypeVar("_Statement", sa.Update, sa.Delete)

LEASE = timedelta(minutes=10)
"""So long a message belongs to whoever tries to send it: longer than any try takes."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
OLDEST = timedelta(days=7)
"""What could not even be tried for so long, as no mail server is named, is news to nobody."""
MOST_TRIES = 12
"""With waits that double from one minute to six hours, most of a day."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until its lease ends."""

    org_id: UUID
    message_id: UUID
    kind: str
    recipient: str
    content: dict[str, Any]
    attempts: int
    """Tries so far, this one included."""


def put(
    session: Session,
    org_id: UUID,
    kind: str,
    recipient: str,
    cause: str,
    content: dict[str, Any],
    now: datetime,
) -> bool:
    """Have this sent, once for its cause and recipient, if the session's transaction is committed.

    Whether it is new.
    """
    message = OutboxRow(
        org_id=org_id,
        message_id=uuid4(),
        kind=kind,
        recipient=recipient,
        cause=cause,
        content=content,
        state=WAITING,
        due=now,
        attempts=0,
        last_error="",
        written_on=now.date(),
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return False
    return True


def claim(session: Session, org_id: UUID, kinds: Collection[str], now: datetime) -> Claimed | None:
    """The message that has been due longest, if there is one and nobody else takes it at this moment."""
    row = session.scalar(
        sa.select(OutboxRow)
        .where(OutboxRow.org_id == org_id, OutboxRow.state == WAITING, OutboxRow.due <= now)
        .where(OutboxRow.kind.in_(kinds))
        .order_by(OutboxRow.due, OutboxRow.message_id)
        .limit(1)
    )
    if row is None:
        return None
    claimed = Claimed(org_id, row.message_id, row.kind, row.recipient, row.content, row.attempts + 1)
    ours = _change(session, claimed, row.attempts, due=now + LEASE, attempts=claimed.attempts)
    return claimed if ours else None


def mark_sent(session: Session, message: Claimed, now: datetime) -> None:
    _change(session, message, message.attempts, state=SENT, ended_on=now.date(), last_error="")


def mark_not_sent(session: Session, message: Claimed, trouble: NotSent, now: datetime) -> None:
    """Try again later, or give up."""
    how = {"last_error": str(trouble.trouble)}
    if trouble.final or message.attempts >= MOST_TRIES:
        _change(session, message, message.attempts, state=GIVEN_UP, ended_on=now.date(), **how)
    else:
        _change(session, message, message.attempts, due=now + wait_after(message.attempts), **how)


def give_up_old(session: Session, org_id: UUID, now: datetime) -> int:
    """End the wait of messages nobody sends; how many."""
    old = (
        OutboxRow.org_id == org_id,
        OutboxRow.state == WAITING,
        OutboxRow.written_on < (now - OLDEST).date(),
    )
    ended = {"state": GIVEN_UP, "ended_on": now.date(), "last_error": str(Trouble.TOO_OLD)}
    return _rows(session, sa.update(OutboxRow).where(*old).values(**ended))


def wait_after(attempts: int) -> timedelta:
    """Double each time, and spread, so that what failed together does not return together."""
    doubled: timedelta = FIRST_WAIT * 2 ** (attempts - 1)
    return min(doubled, LONGEST_WAIT) * random.uniform(0.5, 1)  # noqa: S311 (no secret)


def listed(session: Session, org_id: UUID) -> list[OutboxRow]:
    """What waits and what was given up, the oldest first."""
    query = sa.select(OutboxRow).where(OutboxRow.org_id == org_id, OutboxRow.state != SENT)
    return list(session.scalars(query.order_by(OutboxRow.written_on, OutboxRow.message_id)))


def try_again(session: Session, org_id: UUID, ids: Collection[UUID], now: datetime) -> int:
    """Begin anew with these messages, sent ones excepted; how many."""
    statement = _of(sa.update(OutboxRow), org_id, ids)
    anew = {"state": WAITING, "due": now, "attempts": 0, "ended_on": None, "written_on": now.date()}
    return _rows(session, statement.values(**anew))


def drop(session: Session, org_id: UUID, ids: Collection[UUID]) -> int:
    """Forget these messages, sent ones excepted; how many."""
    return _rows(session, _of(sa.delete(OutboxRow), org_id, ids))


def drop_for(session: Session, org_id: UUID, recipient: str) -> None:
    """Forget what still waits for somebody who wants to hear no more."""
    waiting = (OutboxRow.org_id == org_id, OutboxRow.recipient == recipient, OutboxRow.state != SENT)
    _rows(session, sa.delete(OutboxRow).where(*waiting))


def _change(session: Session, message: Claimed, tries: int, **values: object) -> bool:
    """Change the message if it is as we saw it; whether it was."""
    as_seen = (
        OutboxRow.org_id == message.org_id,
        OutboxRow.message_id == message.message_id,
        OutboxRow.state == WAITING,
        OutboxRow.attempts == tries,
    )
    return _rows(session, sa.update(OutboxRow).where(*as_seen).values(**values)) == 1


def _of(statement: _Statement, org_id: UUID, ids: Collection[UUID]) -> _Statement:
    return statement.where(OutboxRow.org_id == org_id, OutboxRow.message_id.in_(ids), OutboxRow.state != SENT)


def _rows(session: Session, statement: sa.Update | sa.Delete) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast(sa.CursorResult[Any], done).rowcount
