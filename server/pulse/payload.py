"""What laptops may send to the pulse, and the checks that need nothing but the message itself.

Bytes are Base64 (RFC 4648, section 4).
"""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from agent.signals import LIMITS, PULSE_COMMENT, PULSE_CORE, PULSE_ITEMS, PULSE_ROTATION, PULSE_SLOTS
from server.pulse.blind_sign import MODULUS_BYTES, TOKEN_BYTES
from server.pulse.errors import InvalidAnswer
from server.pulse.periods import Period
from server.web.body import MalformedBody

CORE_ITEM = "tech_sat"
COMMENT_ITEM = "open_one"

Short = Annotated[str, Meta(min_length=1, max_length=LIMITS.text_length)]
LabelName = Annotated[str, Meta(min_length=1, max_length=4 * LIMITS.text_length)]
Number = Annotated[bytes, Meta(min_length=MODULUS_BYTES, max_length=MODULUS_BYTES)]
Slot = Literal["core", "second", "comment"]
Body = TypeVar("Body", bound=msgspec.Struct)


class BlindedToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A blinded token to be signed for one label and slot."""

    label: LabelName
    slot: Slot
    blinded: Number


class TokenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All tokens of one person and period at once."""

    period: Short
    tokens: Annotated[list[BlindedToken], Meta(min_length=1, max_length=2 * len(PULSE_SLOTS))]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One anonymous message: an answer under one label, or a comment."""

    organisation: UUID
    period: Short
    label: LabelName
    slot: Slot
    item: Short
    token: Annotated[bytes, Meta(min_length=TOKEN_BYTES, max_length=TOKEN_BYTES)]
    signature: Number
    value: int | None = None
    comment: Annotated[str, Meta(max_length=LIMITS.comment_length)] | None = None


def decoded(body: bytes, kind: type[Body]) -> Body:
    """The message in a body. MalformedBody names the first thing that is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedBody(f"{error}.") from None


def check_answer(answer: Answer, period: Period) -> None:
    """InvalidAnswer unless the question belongs to slot and period, and the answer to the question."""
    if answer.slot == PULSE_COMMENT:
        if answer.item != COMMENT_ITEM or answer.value is not None or not (answer.comment or "").strip():
            raise InvalidAnswer("A comment is a text under the question open_one, and has no value.")
        return
    asked = (CORE_ITEM,) if answer.slot == PULSE_CORE else PULSE_ROTATION[period.number]
    if answer.item not in asked:
        raise InvalidAnswer(f"In the slot “{answer.slot}” of {period.id} is asked: {', '.join(asked)}.")
    values = PULSE_ITEMS[answer.item]
    if answer.comment is not None or answer.value not in values:
        raise InvalidAnswer(f"An answer to {answer.item} is a number from {values[0]} to {values[-1]}.")
