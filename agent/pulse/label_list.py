"""The published list of labels: read, and refused where it would not protect this person. Pure."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.pulse.blind import MODULUS_BYTES, PublicKey
from agent.signals import PULSE_SLOTS

LEAST = 8
"""No label with fewer eligible people is used, whatever the collector says."""


class ListRefused(Exception):
    """The list does not protect whoever answers; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Label:
    """A group under which answers are counted, and its key for each slot."""

    name: str
    kind: str
    group: str
    members: int
    eligible: int
    keys: Mapping[str, PublicKey]


@dataclass(frozen=True, slots=True)
class LabelList:
    """The list of one period. `k` is the least number of answers in any result."""

    organisation: str
    period: str
    k: int
    labels: Mapping[str, Label]

    def own(self, row: str, column: str) -> tuple[Label, Label, Label | None]:
        """This person's row and column label, and the company's for comments. ListRefused if too small."""
        for name in (row, column):
            label = self.labels.get(name)
            if label is None:
                raise ListRefused(f"The label {name} is not in the published list.")
            if label.eligible < LEAST:
                raise ListRefused(f"The label {name} stands for {label.eligible} people; {LEAST} are needed.")
        comment = next((label for label in self.labels.values() if label.kind == "comment"), None)
        if comment is not None and comment.eligible < LEAST:
            comment = None
        return self.labels[row], self.labels[column], comment


def read_list(body: bytes, announced_hash: str, period: str) -> LabelList:
    """The list in these bytes. ListRefused if it is not the announced one, or no list of this period."""
    if hashlib.sha256(body).hexdigest() != announced_hash:
        raise ListRefused("The list of labels is not the one whose hash was announced.")
    try:
        found = json.loads(body)
        read = LabelList(
            organisation=str(found["organisation"]),
            period=str(found["period"]),
            k=int(found["k"]),
            labels={label.name: label for label in map(_label, found["labels"])},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ListRefused("The list of labels cannot be read.") from None
    if read.period != period:
        raise ListRefused(f"The list of labels is of {read.period}, not of {period}.")
    return read


def _label(entry: Mapping[str, Any]) -> Label:
    keys = {slot: _key(text) for slot, text in entry["keys"].items() if slot in PULSE_SLOTS}
    return Label(
        name=str(entry["label"]),
        kind=str(entry["kind"]),
        group=str(entry["group"]),
        members=int(entry["members"]),
        eligible=int(entry["eligible"]),
        keys=keys,
    )


def _key(text: str) -> PublicKey:
    octets = base64.b64decode(text, validate=True)
    key = PublicKey(int.from_bytes(octets))
    if len(octets) != MODULUS_BYTES or key.size != MODULUS_BYTES or key.modulus % 2 == 0:
        raise ValueError("no modulus of 2048 bits")
    return key
