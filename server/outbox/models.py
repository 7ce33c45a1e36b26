"""Tables of what is to be sent, and of who wants to hear of what."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale

MAIL, WEBHOOK = "mail", "webhook"
"""Kinds of messages."""
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"
"""States of a message."""


def _of_organisation() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE")


class OutboxRow(Base):
    """One message to one recipient, written in the transaction of what caused it.

    `cause` names that, once for each recipient. `due` is the next try; whoever tries moves it on by a lease
    first. `last_error` is a word of server/outbox/trouble.py, never what the other side said.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        _of_organisation(),
        sa.UniqueConstraint("org_id", "recipient", "cause"),
        sa.Index(None, "org_id", "state", "due"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    recipient: Mapped[str]
    cause: Mapped[str]
    content: Mapped[dict[str, Any]]
    """Of a mail `subject` and `text`, of a webhook `type` and `data`; of both the `path` of a page."""
    state: Mapped[str]
    due: Mapped[datetime]
    attempts: Mapped[int]
    last_error: Mapped[str]
    written_on: Mapped[date]
    ended_on: Mapped[date | None]
    """The day it was sent or given up."""


class NoticeRecipientRow(Base):
    """Somebody of IT, or a program of theirs, who wants to hear of these subjects."""

    __tablename__ = "notice_recipient"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    """An address of mail, or of a webhook."""
    kind: Mapped[str]
    about: Mapped[list[Any]]
    language: Mapped[str]
    secret: Mapped[bytes | None]
    """What a webhook is signed with."""
