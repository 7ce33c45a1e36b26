"""The key under which laptops scramble sign-in names: whether there is one, and its change.

There is none until somebody asks for names (`dex-server devices sign-in on`); a policy has it only where the
agreement lets the fact leave.
"""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.db import Base, scale

KEY_BYTES = 32
READ_DAYS = 90
"""So long after its end a key still reads what laptops said under it: a laptop may have been in a drawer."""


class SignInKeyRow(Base):
    """One key of an organisation; keys count up. Open while `ended_on` is null."""

    __tablename__ = "sign_in_key"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[bytes]
    made_on: Mapped[date]
    ended_on: Mapped[date | None]


def keys_that_read(session: Session, org_id: UUID, today: date) -> dict[int, bytes]:
    """Secrets by their numbers, of the open key and of those that ended not long ago; empty where nobody
    asks for names any more."""
    rows = [row for row in _rows(session, org_id) if _reads(row, today)]
    return {row.number: row.secret for row in rows} if any(row.ended_on is None for row in rows) else {}


def open_key(session: Session, org_id: UUID) -> SignInKeyRow | None:
    return next((row for row in _rows(session, org_id) if row.ended_on is None), None)


def new_key(session: Session, org_id: UUID, today: date) -> int:
    """A key that takes the place of the one before, if there is one; its number."""
    rows = _rows(session, org_id)
    end_keys(session, org_id, today)
    number = max((row.number for row in rows), default=0) + 1
    secret = secrets.token_bytes(KEY_BYTES)
    session.add(SignInKeyRow(org_id=org_id, number=number, secret=secret, made_on=today))
    session.flush()
    return number


def end_keys(session: Session, org_id: UUID, today: date) -> bool:
    """No laptop is asked for names any more; whether one was. What ended long ago is forgotten."""
    rows = _rows(session, org_id)
    opened = [row for row in rows if row.ended_on is None]
    for row in opened:
        row.ended_on = today
    for row in rows:
        if not _reads(row, today) and row.number != max(r.number for r in rows):
            session.delete(row)
    session.flush()
    return bool(opened)


def sign_in_policy(session: Session, org_id: UUID) -> dict[str, Any]:
    """The part of a policy; empty where names are not asked for."""
    key = open_key(session, org_id)
    return {} if key is None else {"number": key.number, "key": b64encode(key.secret).decode()}


def _reads(row: SignInKeyRow, today: date) -> bool:
    return row.ended_on is None or today - row.ended_on <= timedelta(days=READ_DAYS)


def _rows(session: Session, org_id: UUID) -> Sequence[SignInKeyRow]:
    query = sa.select(SignInKeyRow).where(SignInKeyRow.org_id == org_id).order_by(SignInKeyRow.number)
    return session.scalars(query).all()
