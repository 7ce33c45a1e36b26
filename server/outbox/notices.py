"""Notices to the operators: who wants them, and what they say.

No figures beyond a size class, and no names of people or laptops.

`tell` writes them into the outbox within the transaction that finds their cause.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import UsageError
from server.outbox import store
from server.outbox.mail import address_of
from server.outbox.models import MAIL, WEBHOOK, NoticeRecipientRow
from server.outbox.notice_texts import ABOUT, LANGUAGES, SIGNALS, TEXTS
from server.outbox.webhook import check_url, new_secret
from server.people.models import Organisation
from server.people.organisations import organisations

MOST_RECIPIENTS = 20
"""Of one organisation."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind` is one of TEXTS; `names` fills its text, and the place `path` of the pages says more."""

    kind: str
    names: Mapping[str, str] = field(default_factory=dict)
    path: str = "/"

    def cause(self, now: datetime) -> str:
        """What it is about, so that it is written once a day however often it is found."""
        return " ".join((self.kind, *self.names.values(), f"{now.date()}"))


def tell(session: Session, organisation: Organisation, notice: Notice, now: datetime) -> int:
    """Write a notice to all of an organisation who want to hear of it; to how many it is new."""
    return sum(
        store.put(
            session,
            organisation.org_id,
            row.kind,
            row.recipient,
            notice.cause(now),
            _content(row, organisation, notice),
            now,
        )
        for row in recipients(session, organisation.org_id)
        if ABOUT[notice.kind] in row.about
    )


def tell_all(session: Session, notice: Notice, now: datetime) -> int:
    """The same in every organisation: for what concerns the whole installation."""
    return sum(tell(session, organisation, notice, now) for organisation in organisations(session))


def _content(row: NoticeRecipientRow, organisation: Organisation, notice: Notice) -> dict[str, Any]:
    if row.kind == WEBHOOK:
        data = {"organisation": organisation.slug, **notice.names}
        return {"type": f"notice.{notice.kind}", "data": data, "path": notice.path}
    subject, text = TEXTS[notice.kind][row.language]
    names = {"organisation": organisation.name, **notice.names}
    if "signal" in names:
        names["signal"] = SIGNALS[row.language][names["signal"]]
    return {"subject": subject.format(**names), "text": text.format(**names), "path": notice.path}


def recipients(session: Session, org_id: UUID) -> list[NoticeRecipientRow]:
    query = sa.select(NoticeRecipientRow).where(NoticeRecipientRow.org_id == org_id)
    return list(session.scalars(query.order_by(NoticeRecipientRow.recipient)))


def add(
    session: Session, org_id: UUID, recipient: str, about: list[str], language: str
) -> NoticeRecipientRow:
    """Let somebody hear of these subjects, in place of what they heard of before.

    UsageError for what cannot be written to, and for too many.
    """
    unknown = sorted(set(about) - set(ABOUT.values()))
    if unknown or not about:
        raise UsageError(f"Notices are about {', '.join(sorted(set(ABOUT.values())))}.")
    if language not in LANGUAGES:
        raise UsageError(f"Notices are written in {', '.join(LANGUAGES)}.")
    is_mail = "://" not in recipient
    if is_mail:
        recipient = address_of(recipient)
    else:
        check_url(recipient)
    known = {row.recipient: row for row in recipients(session, org_id)}
    if len(known) >= MOST_RECIPIENTS and recipient not in known:
        raise UsageError(f"At most {MOST_RECIPIENTS} recipients hear of an organisation.")
    row = known.get(recipient)
    if row is None:
        row = NoticeRecipientRow(
            org_id=org_id,
            recipient=recipient,
            kind=MAIL if is_mail else WEBHOOK,
            secret=None if is_mail else new_secret(),
        )
        session.add(row)
    row.about, row.language = sorted(set(about)), language
    return row


def remove(session: Session, org_id: UUID, recipient: str) -> None:
    """Tell them nothing more, of what waits already neither. UsageError for somebody who is not told."""
    row = session.get(NoticeRecipientRow, (org_id, recipient))
    if row is None:
        raise UsageError(f"“{recipient}” gets no notices here.")
    session.delete(row)
    store.drop_for(session, org_id, recipient)


def secret_of(session: Session, org_id: UUID, url: str) -> bytes | None:
    """What this webhook is signed with; None for one that is told no more."""
    row = session.get(NoticeRecipientRow, (org_id, url))
    return row.secret if row else None
