"""The demo company's people are asked and answer, through the same tokens as everybody (docs/pulse.md).

This is the one place where the server plays laptops, and so the one that uses the laptop's half of the
blind signatures.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from agent.pulse.blind import Blinded, PublicKey, blind, finalize, new_token
from server.db import Store
from server.demo.company import Employee
from server.demo.effects import Effects
from server.demo.habits import random_of, satisfaction
from server.pulse.blind_sign import blind_sign
from server.pulse.payload import CORE_ITEM, Answer, BlindedToken, TokenRequest
from server.pulse.periods import Period
from server.pulse.queries import current_period, pulse_policy
from server.pulse.store import keep_answer, note_issued

PARTICIPATION = 0.72
CORE: Literal["core"] = "core"
"""The slot of the question about satisfaction, the only one asked here."""
_CHUNK = 16


@dataclass(frozen=True)
class Message:
    """A signed token, the label it is good for, and what its person says on which day."""

    label: str
    token: bytes
    signature: bytes
    employee: Employee
    day: date


@dataclass(frozen=True)
class _Request:
    """One laptop's tokens on their way to be signed."""

    employee: Employee
    labels: tuple[str, ...]
    tokens: tuple[bytes, ...]
    blinded: tuple[Blinded, ...]

    def asked(self, period: Period) -> TokenRequest:
        pairs = zip(self.labels, self.blinded, strict=True)
        return TokenRequest(period.id, [BlindedToken(label, CORE, b.message) for label, b in pairs])


def fetch_tokens(
    store: Store,
    org_id: UUID,
    period: Period,
    laptops: Mapping[UUID, Employee],
    seed: int,
    now: datetime,
    pool: Executor,
) -> list[Message]:
    """Every asking laptop has its tokens signed, whether or not its person will answer; what will be sent."""
    keys = _published_keys(store, org_id, now)
    requests = [
        _request(employee, told, keys)
        for device_id, employee in laptops.items()
        if (told := _told(store, org_id, device_id, now))
    ]
    devices = {employee.number: device_id for device_id, employee in laptops.items()}
    to_sign = []
    with store.transaction() as session:
        for request in requests:
            device_id = devices[request.employee.number]
            signing = note_issued(session, org_id, device_id, request.asked(period), now)
            to_sign += list(zip(signing, [b.message for b in request.blinded], strict=True))
    signed = iter(
        list(pool.map(blind_sign, *zip(*to_sign, strict=True), chunksize=_CHUNK)) if to_sign else []
    )
    messages = []
    for request in requests:
        day = _asked_on(seed, request.employee, period)
        for label, token, blinded in zip(request.labels, request.tokens, request.blinded, strict=True):
            signature = finalize(keys[label], token, next(signed), blinded.inverse)
            messages.append(Message(label, token, signature, request.employee, day))
    return messages


def send_answers(
    store: Store,
    org_id: UUID,
    period: Period,
    messages: Sequence[Message],
    effects: Effects,
    seed: int,
    now: datetime,
) -> None:
    """Those who take part answer; everybody else's tokens are never used."""
    with store.transaction() as session:
        for message in messages:
            if random_of(seed, message.employee, period.first, "part").random() > PARTICIPATION:
                continue
            answer = Answer(
                organisation=org_id,
                period=period.id,
                label=message.label,
                slot=CORE,
                item=CORE_ITEM,
                token=message.token,
                signature=message.signature,
                value=satisfaction(seed, message.employee, message.day, effects),
            )
            keep_answer(session, answer, now)


def _published_keys(store: Store, org_id: UUID, now: datetime) -> dict[str, PublicKey]:
    """The keys of the core question, as the published list has them."""
    with store.reading() as session:
        running = current_period(session, org_id, now)
    if running is None:
        return {}
    return {
        label["label"]: PublicKey(int.from_bytes(base64.b64decode(label["keys"][CORE])))
        for label in json.loads(running.labels)["labels"]
        if CORE in label["keys"]
    }


def _told(store: Store, org_id: UUID, device_id: UUID, now: datetime) -> tuple[str, ...]:
    """The labels in this laptop's policy; none if another laptop asks its person."""
    with store.reading() as session:
        policy = pulse_policy(session, org_id, device_id, now)
    return (policy["row"], policy["column"]) if "row" in policy else ()


def _request(employee: Employee, labels: Sequence[str], keys: Mapping[str, PublicKey]) -> _Request:
    unique = tuple(dict.fromkeys(labels))
    tokens = tuple(new_token() for _ in unique)
    blinded = tuple(blind(keys[label], token) for label, token in zip(unique, tokens, strict=True))
    return _Request(employee, unique, tokens, blinded)


def _asked_on(seed: int, employee: Employee, period: Period) -> date:
    """The laptop draws one of the four weeks, and a day in it."""
    random = random_of(seed, employee, period.first, "week")
    return period.first + timedelta(days=7 * random.randrange(4) + random.randrange(5))
