"""Fetch the tokens of a period: one request, whether or not its person will answer.

Who fetched tokens says nothing about who answers, because every asking laptop fetches them. The request is
kept until it is answered, so that a lost answer costs no tokens: the collector answers the same request
again.
"""

import base64
import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from agent.errors import AgentError, Refused, Unreachable
from agent.pulse import memory
from agent.pulse.blind import MODULUS_BYTES, BlindingError, blind, finalize, new_token
from agent.pulse.doors import Doors
from agent.pulse.label_list import Label, LabelList, ListRefused, read_list
from agent.pulse.memory import Known, Memory, Token, Told
from agent.pulse.schedule import draw
from agent.signals import PULSE_COMMENT

SPREAD_SECONDS = 24 * 3600.0
"""Tokens are fetched at a random moment of the first day, so that not all laptops come at once."""
RETRY_SECONDS = 6 * 3600.0
FINAL = frozenset({"pulse-issued", "pulse-not-asked", "pulse-closed", "pulse-labels", "pulse-blinded"})
"""Refusals that another try in the same period would not change."""

_chance = random.SystemRandom()


def told_by(policy: Mapping[str, Any]) -> Told | None:
    """The pulse part of a policy; None where no period runs or another laptop asks its person."""
    part = policy.get("pulse")
    if not isinstance(part, dict) or "row" not in part or "column" not in part:
        return None
    try:
        return Told(
            period=str(part["period"]),
            first_day=date.fromisoformat(part["first_day"]),
            last_day=date.fromisoformat(part["last_day"]),
            labels_hash=str(part["labels_hash"]),
            row=str(part["row"]),
            column=str(part["column"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def note_period(store: Memory, told: Told, now: float, today: date) -> None:
    """Draw for a period that is new here, and plan when its tokens are fetched."""
    if memory.known_period(store.db, told.period) is not None:
        return
    with store.transaction() as db:
        memory.forget_before(db, told.period, today - timedelta(days=memory.KEEP_PROMPT_DAYS))
        memory.begin(db, told, draw(told.period, _chance), now + _chance.uniform(0, SPREAD_SECONDS))


def fetch(store: Memory, doors: Doors, known: Known, now: float) -> None:
    """Get the tokens of a period. Raises Refused or Unreachable; either is kept as the period's trouble."""
    period = known.running.period
    try:
        _fetch(store, doors, known)
    except AgentError as error:
        again = None if isinstance(error, Refused) and error.slug in FINAL else now + RETRY_SECONDS
        with store.transaction() as db:
            memory.note_trouble(db, period, str(error), again)
        raise
    with store.transaction() as db:
        memory.note_trouble(db, period, "", None)


def label_list(known: Known) -> LabelList | None:
    """The list this laptop checked; None before it was fetched."""
    if known.labels is None:
        return None
    return read_list(known.labels, known.labels_hash, known.running.period)


def _fetch(store: Memory, doors: Doors, known: Known) -> None:
    period = known.running.period
    try:
        published = known.labels or _published(doors)
        listed = read_list(published, known.labels_hash, period)
        labels = listed.own(known.row, known.column)
    except ListRefused as error:
        raise Refused(f"No tokens were fetched. {error}", "list-refused") from None
    waiting = memory.tokens_of(store.db, period)
    if not waiting:
        waiting = _blinded(label for label in labels if label is not None)
        with store.transaction() as db:
            memory.keep_labels(db, period, published)
            memory.add_tokens(db, period, waiting)
    if all(token.signature for token in waiting):
        return
    signatures = _signed(doors, listed, period, waiting)
    with store.transaction() as db:
        memory.sign_tokens(db, period, signatures)


def _published(doors: Doors) -> bytes:
    reply = doors.labels()
    if reply.status != 200:
        raise _refusal(reply.slug, reply.sentence, reply.status)
    return reply.body


def _blinded(labels: Iterable[Label]) -> list[Token]:
    """A fresh token under each key: both labels for each question, and the company's for a comment."""
    made = []
    for label in labels:
        for slot, key in label.keys.items():
            if (slot == PULSE_COMMENT) != (label.kind == PULSE_COMMENT):
                continue
            token = new_token()
            blinded = blind(key, token)
            inverse = blinded.inverse.to_bytes(MODULUS_BYTES)
            made.append(Token(label.name, slot, token, blinded.message, inverse, None))
    return made


def _signed(
    doors: Doors, listed: LabelList, period: str, waiting: list[Token]
) -> dict[tuple[str, str], bytes]:
    asked = [
        {"label": t.label, "slot": t.slot, "blinded": base64.b64encode(t.blinded).decode()} for t in waiting
    ]
    reply = doors.tokens({"period": period, "tokens": asked})
    signatures = reply.document.get("signatures")
    if reply.status != 200 or not isinstance(signatures, list) or len(signatures) != len(waiting):
        raise _refusal(reply.slug, reply.sentence, reply.status)
    try:
        return {
            (t.label, t.slot): finalize(
                listed.labels[t.label].keys[t.slot], t.token, base64.b64decode(s), int.from_bytes(t.inverse)
            )
            for t, s in zip(waiting, signatures, strict=True)
        }
    except (BlindingError, ValueError, TypeError) as error:
        raise Refused(f"What the collector signed is of no use: {error}.", "bad-signature") from None


def _refusal(slug: str, sentence: str, status: int) -> AgentError:
    if slug:
        return Refused(f"The collector gave no tokens: {sentence}", slug)
    return Unreachable(f"Something that is no collector answered {status}; no tokens were fetched.")
