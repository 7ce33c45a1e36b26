"""The demo company's people are asked and answer, through the same tokens as everybody (docs/pulse.md)."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.demo.company import Employee
from server.demo.effects import Effects
from server.demo.habits import random_of, satisfaction
from server.demo.tokens import Asked, ask
from server.pulse.blind_sign import SigningKey
from server.pulse.models import PulseMember
from server.pulse.payload import CORE_ITEM, Answer, BlindedToken, TokenRequest
from server.pulse.periods import Period
from server.pulse.queries import current_period
from server.pulse.store import keep_answer, note_issued

PARTICIPATION = 0.72
CORE: Literal["core"] = "core"
"""The slot of the question about satisfaction, the only one asked here."""


@dataclass(frozen=True)
class Message:
    """What somebody will say on a day under one label; the token for it was granted and is not signed yet."""

    employee: Employee
    day: date
    asked: Asked
    signing: SigningKey


def fetch_tokens(
    store: Store, org_id: UUID, period: Period, laptops: Mapping[UUID, Employee], seed: int, now: datetime
) -> list[Message]:
    """Every asking laptop asks for its tokens; what will be sent by those whose person will answer."""
    messages = []
    with store.transaction() as session:
        keys = _published_keys(session, org_id, now)
        for device_id, labels in _asking(session, org_id, period):
            employee = laptops[device_id]
            asked = [ask(label, keys[label]) for label in labels]
            tokens = [BlindedToken(part.label, CORE, part.blinded.message) for part in asked]
            signing = note_issued(session, org_id, device_id, TokenRequest(period.id, tokens), now)
            day = _asked_on(seed, employee, period)
            if _answers(seed, employee, day, period):
                messages += [Message(employee, day, *pair) for pair in zip(asked, signing, strict=True)]
    return messages


def send_answers(
    store: Store,
    org_id: UUID,
    period: Period,
    signed: Iterable[tuple[Message, bytes]],
    effects: Effects,
    seed: int,
    now: datetime,
) -> None:
    """The answers of a day, each under its label and with its token."""
    with store.transaction() as session:
        for message, signature in signed:
            answer = Answer(
                organisation=org_id,
                period=period.id,
                label=message.asked.label,
                slot=CORE,
                item=CORE_ITEM,
                token=message.asked.token,
                signature=signature,
                value=satisfaction(seed, message.employee, message.day, effects),
            )
            keep_answer(session, answer, now)


def _published_keys(session: Session, org_id: UUID, now: datetime) -> dict[str, bytes]:
    """The keys of the core question by label, as the published list has them."""
    running = current_period(session, org_id, now)
    if running is None:
        return {}
    return {
        label["label"]: base64.b64decode(label["keys"][CORE])
        for label in json.loads(running.labels)["labels"]
        if CORE in label["keys"]
    }


def _asking(session: Session, org_id: UUID, period: Period) -> Iterator[tuple[UUID, Sequence[str]]]:
    """The laptops that ask, and what their policy says of labels: one of a row and one of a column."""
    query = (
        sa.select(PulseMember.device_id, PulseMember.row_label, PulseMember.col_label)
        .where(PulseMember.org_id == org_id, PulseMember.period == period.id)
        .order_by(PulseMember.device_id)
    )
    for device_id, row, column in session.execute(query).all():
        yield device_id, tuple(dict.fromkeys((row, column)))


def _asked_on(seed: int, employee: Employee, period: Period) -> date:
    """The laptop draws one of the four weeks, and a day in it."""
    random = random_of(seed, employee, period.first, "week")
    return period.first + timedelta(days=7 * random.randrange(4) + random.randrange(5))


def _answers(seed: int, employee: Employee, day: date, period: Period) -> bool:
    """Most people answer, if they are still here; the tokens of the others are never used."""
    willing = random_of(seed, employee, period.first, "part").random() < PARTICIPATION
    return willing and employee.employed(day)
