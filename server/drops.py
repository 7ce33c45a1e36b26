"""Why a value of a record is left out: a closed list of reasons, and what was left out of one record."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from server.errors import TYPE_PREFIX

DROPS_MOST = 10_000
"""A record of which more would be left out is refused whole: counting costs time."""
DROPPED_REPORTED = 100
"""At most so many drops are named in an answer; all are counted."""
POINTER_LENGTH = 300


class Reason(StrEnum):
    UNKNOWN_FIELD = "unknown-field"
    """The contract has no such field."""
    UNKNOWN_KIND = "unknown-kind"
    """The contract has no such kind of event."""
    INVALID_VALUE = "invalid-value"
    """Of another shape than the field's, or none of its words."""
    OUT_OF_BOUNDS = "out-of-bounds"
    """A number that the field cannot have."""
    TOO_MANY = "too-many"
    """A list longer than the contract takes."""
    REPEATED = "repeated"
    """The same row or event stands in the batch before."""


@dataclass(frozen=True, slots=True)
class At:
    """A place in a record: as a JSON pointer (RFC 6901) for whoever sent it, and by names of the vocabulary
    alone for everybody else, because a name that a sender made up may say anything."""

    pointer: str = ""
    field: str = ""

    def known(self, name: str) -> "At":
        """Below it, what the vocabulary calls so."""
        return At(self._pointer(name), f"{self.field}.{name}" if self.field else name)

    def sent(self, name: str | int) -> "At":
        """Below it, what only the sender calls so, or the row with this number."""
        return At(self._pointer(str(name)), self.field)

    def kind(self, kind: str) -> "At":
        """The same place, of which it is known by now what kind of row is in it."""
        return At(self.pointer, f"{self.field}.{kind}")

    def _pointer(self, name: str) -> str:
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"


class TooManyDrops(Exception):
    """This is no record of ours with a few values too many."""


@dataclass
class Drops:
    """What was left out of a record: the first by name for the answer, all of it in counts."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By reason and field."""
    named: list[dict[str, str]] = field(default_factory=list)
    count: int = 0

    def add(self, at: At, reason: Reason, detail: str) -> None:
        """Raises TooManyDrops."""
        self.count += 1
        if self.count > DROPS_MOST:
            raise TooManyDrops
        self.counts[reason.value, at.field] += 1
        if len(self.named) < DROPPED_REPORTED:
            shown = {"pointer": at.pointer[:POINTER_LENGTH], "type": TYPE_PREFIX + reason, "detail": detail}
            self.named.append(shown)
