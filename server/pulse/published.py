"""The list of labels that everybody can read and whose hash everybody can compare (docs/pulse.md)."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from agent.signals import PULSE_COMMENT, PULSE_SLOTS
from server.pulse.blind_sign import MODULUS_BYTES, SigningKey, new_key
from server.pulse.labels import COMMENT, Label, Labelling, least_people
from server.pulse.periods import Period

Keys = Mapping[tuple[str, str], SigningKey]
"""The signing key of each (label name, slot)."""


def new_keys(
    labelling: Labelling,
    slots: Sequence[str] = PULSE_SLOTS,
    make_key: Callable[[], SigningKey] = new_key,
) -> dict[tuple[str, str], SigningKey]:
    """A fresh key per label and slot; each takes some tens of milliseconds to find."""
    return {(label.name, slot): make_key() for label in labelling.labels for slot in _slots(label, slots)}


def _slots(label: Label, slots: Sequence[str]) -> list[str]:
    """Comments are counted for the company as a whole, answers under all other labels."""
    return [slot for slot in slots if (slot == PULSE_COMMENT) == (label == COMMENT)]


def label_list(org_id: UUID, period: Period, labelling: Labelling, keys: Keys, k: int) -> bytes:
    """The list of labels as it is published: JSON whose SHA-256 everybody can compare."""
    labels = [
        {
            "label": label.name,
            "kind": label.kind,
            "group": label.group,
            "members": counted.members,
            "eligible": counted.eligible,
            "keys": {
                slot: base64.b64encode(key.modulus.to_bytes(MODULUS_BYTES)).decode()
                for (name, slot), key in sorted(keys.items())
                if name == label.name
            },
        }
        for label, counted in labelling.labels.items()
    ]
    document = {
        "organisation": str(org_id),
        "period": period.id,
        "first_day": period.first.isoformat(),
        "last_day": period.last.isoformat(),
        "k": k,
        "least": least_people(k),
        "labels": labels,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
