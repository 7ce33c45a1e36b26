"""An answer leaves as up to three messages, each at a random moment of its own and without a name."""

import base64
import json
import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from agent.errors import AgentError, Unreachable
from agent.pulse import memory
from agent.pulse.doors import Doors
from agent.pulse.memory import Memory, Message, Token
from agent.pulse.schedule import COMMENT_ITEM, Running
from agent.signals import PULSE_COMMENT

MEAN_DELAY = 6 * 3600.0
CATCH_UP_DELAY = 1200.0
"""Mean wait of messages whose moments all passed while the laptop was off: not in the same minute, then."""

REFUSED = frozenset(
    {"pulse-closed", "pulse-token", "pulse-answer", "pulse-identity", "malformed-body", "body-too-large"}
)

_chance = random.SystemRandom()


class NoTokens(AgentError):
    """Without tokens there is no anonymous answer."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person answered: a value, or nothing where the question was skipped, and perhaps a comment."""

    slot: str
    item: str
    value: int | None
    comment: str = ""


def keep(store: Memory, running: Running, organisation: str, given: Given, today: date, now: float) -> int:
    """Keep an answer until it leaves, and note that it was asked; returns in how many messages it leaves.

    Raises NoTokens. A slot that was skipped sends nothing, and its tokens are thrown away.
    """
    tokens = [t for t in memory.tokens_of(store.db, running.period) if t.signature]
    answers = [t for t in tokens if t.slot == given.slot]
    if given.value is not None and len(answers) != 2:  # one for the row label, one for the column label
        raise NoTokens("There are no tokens for this question, so it cannot be answered anonymously.")
    chosen: list[tuple[Token, Mapping[str, object]]] = []
    if given.value is not None:
        chosen += [(token, {"item": given.item, "value": given.value}) for token in answers]
    if given.comment:
        remarks = [t for t in tokens if t.slot == PULSE_COMMENT]
        chosen += [(token, {"item": COMMENT_ITEM, "comment": given.comment}) for token in remarks]
    waiting = [
        Message(str(uuid.uuid4()), running.period, _body(organisation, running.period, token, said), due)
        for (token, said), due in zip(chosen, _moments(len(chosen), now, running.last_day), strict=True)
    ]
    with store.transaction() as db:
        memory.note_prompt(db, running.period, given.slot, today)
        memory.drop_tokens(db, running.period, {given.slot, *(token.slot for token, _ in chosen)})
        memory.add_messages(db, waiting)
    return len(waiting)


def send_due(store: Memory, doors: Doors, now: float) -> int:
    """Send one message whose moment has come; returns how many left (0 or 1).

    Only one at a time: messages whose moments passed while the laptop was off draw again, so that two
    that follow each other are not two of the same person. Raises Unreachable; then all wait on.
    """
    due = [message for message in memory.messages(store.db) if message.due_at <= now]
    if not due:
        return 0
    message, *others = _chance.sample(due, len(due))
    with store.transaction() as db:
        for other in others:
            memory.delay_message(db, other.message_id, now + _chance.expovariate(1 / CATCH_UP_DELAY))
    try:
        gone = _hand_in(doors, message)
    except Unreachable:
        with store.transaction() as db:
            memory.delay_message(db, message.message_id, now + _chance.expovariate(1 / CATCH_UP_DELAY))
        raise
    with store.transaction() as db:
        memory.drop_message(db, message.message_id)
    return int(gone)


def _hand_in(doors: Doors, message: Message) -> bool:
    """Whether the message was taken; False if it never will be. Unreachable if that is not known yet."""
    reply = doors.answer(message.body)
    if reply.status == 200 and reply.document.get("accepted") is True:
        return True
    if reply.slug == "pulse-spent":  # it was taken before, and the answer to that got lost
        return True
    if reply.slug in REFUSED:
        return False
    raise Unreachable(f"An answer could not be handed in ({reply.status}); it waits.")


def _body(organisation: str, period: str, token: Token, said: Mapping[str, object]) -> bytes:
    content = {
        "organisation": organisation,
        "period": period,
        "label": token.label,
        "slot": token.slot,
        **said,
        "token": base64.b64encode(token.token).decode(),
        "signature": base64.b64encode(token.signature or b"").decode(),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _moments(number: int, now: float, last_day: date) -> list[float]:
    """Independent random moments, each within the period as long as it lasts."""
    end = time.mktime((last_day + timedelta(days=1)).timetuple())
    moments = []
    for _ in range(number):
        moment = now + _chance.expovariate(1 / MEAN_DELAY)
        if moment > end:
            moment = now + _chance.uniform(0, max(0.0, end - now))
        moments.append(moment)
    return moments
