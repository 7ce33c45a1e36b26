"""Writes of the pulse: a period begins, tokens are handed out once, an answer is kept, a period closes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.signals import PULSE_COMMENT
from server.bulk import insert_new, target
from server.devices.owner import owner_on
from server.people.models import Organisation
from server.pulse.blind_sign import (
    MODULUS_BYTES,
    PRIME_BYTES,
    NotSignable,
    SigningKey,
    is_signed,
    signable,
)
from server.pulse.errors import (
    AlreadyIssued,
    InvalidToken,
    NotAsked,
    NotBlinded,
    PulseClosed,
    TokenSpent,
    WrongLabels,
)
from server.pulse.labels import COMMENT, Labelling
from server.pulse.models import (
    PulseAnswer,
    PulseComment,
    PulseKey,
    PulseLabel,
    PulseMember,
    PulsePeriod,
    PulseSpent,
)
from server.pulse.payload import Answer, BlindedToken, TokenRequest, check_answer
from server.pulse.periods import Period, period_named
from server.pulse.published import Keys, label_list
from server.pulse.queries import asked_member

_SPENT = target(sa.inspect(PulseSpent).local_table)  # type: ignore[arg-type]


def begin_period(
    session: Session,
    org_id: UUID,
    period: Period,
    labelling: Labelling,
    devices: Mapping[UUID, UUID],
    keys: Keys,
    k: int,
) -> PulsePeriod:
    """Fix labels, keys and asking laptops for the whole period, and publish the list of labels."""
    published = label_list(org_id, period, labelling, keys, k)
    begun = PulsePeriod(
        org_id=org_id,
        period=period.id,
        first_day=period.first,
        last_day=period.last,
        labels=published,
        labels_hash=sha256(published).hexdigest(),
        closed=False,
    )
    session.add(begun)
    session.add_all(_label_rows(org_id, period, labelling))
    session.add_all(_key_rows(org_id, period, keys))
    session.add_all(
        PulseMember(
            org_id=org_id,
            period=period.id,
            person_id=UUID(person),
            device_id=devices[UUID(person)],
            row_label=row.name,
            col_label=labelling.columns[person].name,
        )
        for person, row in labelling.rows.items()
    )
    session.flush()
    return begun


def _label_rows(org_id: UUID, period: Period, labelling: Labelling) -> Iterable[PulseLabel]:
    for label, counted in labelling.labels.items():
        yield PulseLabel(
            org_id=org_id,
            period=period.id,
            label=label.name,
            kind=label.kind,
            unit=label.unit,
            team=label.team,
            stage=label.stage,
            members=counted.members,
            eligible=counted.eligible,
        )


def _key_rows(org_id: UUID, period: Period, keys: Keys) -> Iterable[PulseKey]:
    for (label, slot), key in keys.items():
        yield PulseKey(
            org_id=org_id,
            period=period.id,
            label=label,
            slot=slot,
            modulus=key.modulus.to_bytes(MODULUS_BYTES),
            p=key.p.to_bytes(PRIME_BYTES),
            q=key.q.to_bytes(PRIME_BYTES),
        )


def note_issued(
    session: Session, org_id: UUID, device_id: UUID, request: TokenRequest, now: datetime
) -> list[SigningKey]:
    """Note that this laptop's person got tokens, and return the keys that sign them, in order.

    Once per person and period: the same request again is answered again, another one is AlreadyIssued.
    Raises NotAsked, PulseClosed, WrongLabels, NotBlinded.
    """
    _hold_open(session, org_id, request.period, now)
    owner = owner_on(session, org_id, device_id, now.date())
    member = asked_member(session, org_id, device_id, request.period, owner.person)
    if member is None:
        raise NotAsked("Another laptop asks its person, or the person cannot be asked in this period.")
    keys = _keys_for(session, member, request.tokens)
    digest = _digest(request)
    noted = cast(
        sa.CursorResult[Any],
        session.execute(
            sa.update(PulseMember)
            .where(PulseMember.org_id == org_id, PulseMember.period == member.period)
            .where(PulseMember.person_id == member.person_id)
            .where(sa.or_(PulseMember.issued.is_(None), PulseMember.issued == digest))
            .values(issued=digest)
            .execution_options(synchronize_session=False)
        ),
    )
    if noted.rowcount == 0:
        raise AlreadyIssued("Tokens are handed out once per person and period.")
    return keys


def _keys_for(session: Session, member: PulseMember, tokens: Sequence[BlindedToken]) -> list[SigningKey]:
    wanted = [(token.label, token.slot) for token in tokens]
    own = {member.row_label, member.col_label, COMMENT.name}
    if len(set(wanted)) < len(wanted) or not own.issuperset(label for label, _ in wanted):
        raise WrongLabels(f"One token each under: {', '.join(sorted(own))}.")
    rows = session.scalars(
        sa.select(PulseKey)
        .where(PulseKey.org_id == member.org_id, PulseKey.period == member.period)
        .where(PulseKey.label.in_(own))
    )
    known = {(row.label, row.slot): _signing_key(row) for row in rows}
    if not known.keys() >= set(wanted):
        raise WrongLabels("A label has no key for one of the slots asked for.")
    keys = [known[want] for want in wanted]
    for key, token in zip(keys, tokens, strict=True):
        try:
            signable(key.modulus, token.blinded)
        except NotSignable as error:
            raise NotBlinded(str(error)) from None
    return keys


def _signing_key(row: PulseKey) -> SigningKey:
    if row.p is None or row.q is None:
        raise PulseClosed("The keys of this period are deleted.")
    return SigningKey(int.from_bytes(row.p), int.from_bytes(row.q))


def _digest(request: TokenRequest) -> bytes:
    """What the request asks to be signed, in any order of its tokens."""
    parts = sorted((t.label, t.slot, t.blinded.hex()) for t in request.tokens)
    return sha256(json.dumps(parts).encode()).digest()


def keep_answer(session: Session, answer: Answer, now: datetime) -> None:
    """Keep an anonymous message whose token is good and new, and nothing of when or where from it came.

    Raises PulseClosed, InvalidAnswer, InvalidToken, TokenSpent.
    """
    org_id = answer.organisation
    check_answer(answer, _hold_open(session, org_id, answer.period, now))
    modulus = session.scalar(
        sa.select(PulseKey.modulus)
        .where(PulseKey.org_id == org_id, PulseKey.period == answer.period)
        .where(PulseKey.label == answer.label, PulseKey.slot == answer.slot)
    )
    if modulus is None or not is_signed(int.from_bytes(modulus), answer.token, answer.signature):
        raise InvalidToken("No key of this label and slot signed this token.")
    spent = (org_id, answer.period, sha256(answer.token).digest())
    if not insert_new(session.connection(), _SPENT, [spent]):
        raise TokenSpent("Each token is good for one message.")
    if answer.slot == PULSE_COMMENT:
        text = " ".join((answer.comment or "").split())
        session.add(PulseComment(org_id=org_id, comment_id=uuid4(), period=answer.period, text=text))
    else:
        session.add(
            PulseAnswer(
                org_id=org_id,
                answer_id=uuid4(),
                period=answer.period,
                label=answer.label,
                item=answer.item,
                value=answer.value or 0,
            )
        )


def _hold_open(session: Session, org_id: UUID, period: str, now: datetime) -> Period:
    """The period, which cannot be closed until the transaction ends. Raises PulseClosed."""
    timezone = session.scalar(
        sa.select(Organisation.timezone)
        .join(PulsePeriod, PulsePeriod.org_id == Organisation.org_id)
        .where(Organisation.org_id == org_id, PulsePeriod.org_id == org_id)
        .where(PulsePeriod.period == period, PulsePeriod.closed.is_(False))
        .with_for_update(read=True, of=PulsePeriod)
    )
    if timezone is None or period_named(period).closes_at(timezone) <= now:
        raise PulseClosed("No period of this name is open here.")
    return period_named(period)
