"""Whose laptop it is, by the names that sign in to it. Pure.

A laptop tells the scrambled names of its last 14 days when they change (agent/sign_in_name.py). Names that
the directory does not know, as those of administrators, say nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from agent.sign_in_name import read, scrambled

SHARED_DAYS = 14
"""Several people within so many days: the laptop is shared."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a laptop said from a day on."""

    since: date
    text: str | None
    """None where it named nobody."""


@dataclass(frozen=True, slots=True)
class Said:
    """Whose it is from a day on: one person's, several people's, or nobody's whom the directory knows."""

    person: UUID | None
    shared: bool
    since: date


class Readers:
    """Finds the people behind scrambled names, by each key that still reads them."""

    def __init__(self, keys: Mapping[int, bytes], people: Mapping[bytes, UUID]) -> None:
        self._people = {
            number: {scrambled(key, name): person for name, person in people.items()}
            for number, key in keys.items()
        }

    def people(self, text: str | None) -> frozenset[UUID] | None:
        """None where the text was written under a key that is not known any more, or by nobody of ours."""
        told = read(text or "")
        known = self._people.get(told.key) if told else None
        if told is None or known is None:
            return None
        return frozenset(known[name] for name in told.names if name in known)


def said(facts: Sequence[Fact], readers: Readers, today: date) -> Said | None:
    """What these facts of one laptop, the oldest first, say; None where the newest cannot be read.

    The newest one covers its 14 days, as far as the laptop's memory goes. A laptop that forgets every night
    names another person each day; so what others alone were named for within 14 days counts too.
    """
    read_facts = [(fact.since, people) for fact in facts if (people := readers.people(fact.text)) is not None]
    if not read_facts or readers.people(facts[-1].text) is None:
        return None
    since, newest = read_facts[-1]
    if len(newest) > 1:
        return Said(None, True, since)
    if not newest:
        return Said(None, False, since)
    alone = [(day, people) for day, people in read_facts if len(people) == 1]
    recent = [(day, people) for day, people in alone if day > today - timedelta(days=SHARED_DAYS)]
    if len({*newest, *(person for _, people in recent for person in people)}) > 1:
        return Said(None, True, next(day for day, people in recent if people != recent[0][1]))
    for day, people in reversed(read_facts):
        if people != newest:
            break
        since = day
    return Said(next(iter(newest)), False, since)
