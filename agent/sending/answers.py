"""What came back from an address, and what it means for a batch: accept, reject or keep. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from agent.errors import PROBLEM_MEDIA, PROBLEM_PREFIX
from agent.language.words import said

OURS = frozenset({"agreement", "batch_id", "device_id"})
"""What a policy, an accepted batch and an enrolment have, each one of these."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `document` is its JSON object, or empty where the body was anything else."""

    status: int
    media: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    etag: str = ""
    retry_after: float | None = None
    """Seconds."""
    clock_offset: float | None = None
    """Seconds the answer's Date was ahead of this laptop's clock."""

    @property
    def slug(self) -> str:
        """Last part of the problem's type; empty where the answer is no problem of our collector."""
        kind = str(self.document.get("type", ""))
        is_ours = self.media == PROBLEM_MEDIA and kind.startswith(PROBLEM_PREFIX)
        return kind.removeprefix(PROBLEM_PREFIX) if is_ours else ""

    @property
    def is_ours(self) -> bool:
        """Whether our collector said it, and not something on the way: only then is its Date believed."""
        return self.status == 304 or bool(self.slug) or not OURS.isdisjoint(self.document)

    @property
    def sentence(self) -> str:
        """What the answer said, for a person."""
        told = self.document.get("detail") or self.document.get("title")
        if self.slug and told:
            return str(told)
        if self.media:
            return said(f"something answered {self.status} ({self.media})")
        return said(f"something answered {self.status} (without saying what it is)")


class Outcome(Enum):
    ACCEPT = "accept"
    REJECT = "reject"
    KEEP = "keep"
    CLONED = "cloned"


REJECTING = frozenset({400, 413, 422})


def outcome(answer: Answer, batch_id: str) -> Outcome:
    """What becomes of the batch that was answered.

    Only the collector's own words end a batch: a captive portal or a proxy answers in HTML, and then the
    batch is kept. A body that is too large for whatever stands in between will never pass: it is rejected.
    """
    if 200 <= answer.status < 300:
        ours = answer.document.get("accepted") is True and answer.document.get("batch_id") == batch_id
        return Outcome.ACCEPT if ours else Outcome.KEEP
    if answer.status == 409 and answer.slug == "install-cloned":
        return Outcome.CLONED
    if answer.status in REJECTING and (answer.slug or answer.status == 413):
        return Outcome.REJECT
    return Outcome.KEEP
