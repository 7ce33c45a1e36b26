"""Where the store holds something about one person: every table with a person's or a laptop's id.

Export and erasure both go by this list. A new table with a person's id is on it by itself; one with a
laptop's id and no day of its own has to be named here, which tests/rights/test_own_data.py holds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.roles import Grant, Role
from server.ingest.own_page import Laptop, laptops_of
from server.people.models import PersonRow
from server.people.weeks import week_of
from server.schema import metadata

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: a person with the laptops and the days on which each was theirs; or, where nobody is
    named, a laptop as a whole."""

    org_id: UUID
    laptops: tuple[Laptop, ...]
    person_id: UUID | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A table, and what finds the rows about somebody in it: one condition for each laptop, so that a
    cluster asks one machine each time; a row may fit several.

    `stays`: why these rows stay when the person is erased; empty where they go.
    """

    table: sa.Table
    of: Callable[[Subject], list[Condition]]
    stays: str = ""

    def rows_of(self, subject: Subject) -> list[Condition]:
        return [sa.and_(self.table.c.org_id == subject.org_id, found) for found in self.of(subject)]


class NotCovered(LookupError):
    """A table holds something about persons that nobody has said how to find."""


def subject_of(session: Session, grant: Grant) -> Subject:
    """Who is signed in."""
    person = session.get(PersonRow, (grant.org_id, grant.person_id)) if grant.person_id else None
    laptops = tuple(laptops_of(session, grant))
    return Subject(grant.org_id, laptops, grant.person_id, person.email if person else None)


def person_subject(session: Session, org_id: UUID, person_id: UUID) -> Subject:
    return subject_of(session, Grant(org_id, Role.EMPLOYEE, person_id))


def holdings() -> Iterator[Holding]:
    """In an order in which rows may be deleted from the last to the first."""
    for table in metadata.sorted_tables:
        if (found := _holding(table)) is not None:
            yield found


def _holding(table: sa.Table) -> Holding | None:
    if (by_hand := _BY_HAND.get(table.name)) is not None:
        return Holding(table, lambda subject: by_hand[0](table, subject), by_hand[1])
    if "person_id" in table.c:
        return Holding(table, lambda subject: _of_person(table, subject))
    if "device_id" not in table.c:
        return None
    if "day" in table.c:
        return Holding(table, lambda subject: [laptop.rows_of(table) for laptop in subject.laptops])
    raise NotCovered(f"{table.name} has a laptop's id and no day: name it in server/own_data/holdings.py")


def _of_person(table: sa.Table, subject: Subject) -> list[Condition]:
    return [] if subject.person_id is None else [table.c.person_id == subject.person_id]


def _of_mail(table: sa.Table, subject: Subject) -> list[Condition]:
    return [] if subject.email is None else [table.c.recipient == subject.email]


def _asked(table: sa.Table, subject: Subject) -> list[Condition]:
    return [_in_spans(laptop, table, table.c.asked_on) for laptop in subject.laptops]


def _facts(table: sa.Table, subject: Subject) -> list[Condition]:
    """What was said on the days of the person, and what held when the first of them began."""
    found = []
    for laptop in subject.laptops:
        for since, _until in laptop.spans:
            older = sa.alias(table)
            before = sa.select(sa.func.max(older.c.since)).where(
                older.c.org_id == laptop.org_id,
                older.c.device_id == laptop.device_id,
                older.c.since <= since,
            )
            of_laptop = table.c.device_id == laptop.device_id
            found.append(sa.and_(of_laptop, table.c.since == before.scalar_subquery()))
        found.append(_in_spans(laptop, table, table.c.since))
    return found


def _weeks(table: sa.Table, subject: Subject) -> list[Condition]:
    """Weeks that a day of the person is in."""
    found = []
    for laptop in subject.laptops:
        for since, until in laptop.spans:
            first = [] if since == date.min else [table.c.week >= week_of(since)]
            last = [] if until is None else [table.c.week <= week_of(until)]
            found.append(sa.and_(table.c.device_id == laptop.device_id, *first, *last))
    return found


def _laptops(table: sa.Table, subject: Subject) -> list[Condition]:
    return [table.c.device_id == laptop.device_id for laptop in subject.laptops]


def _held_now(table: sa.Table, subject: Subject) -> list[Condition]:
    """Rows that say how a laptop is now, of those that are still the person's."""
    return [
        table.c.device_id == laptop.device_id
        for laptop in subject.laptops
        if any(until is None for _, until in laptop.spans)
    ]


def _audit(table: sa.Table, subject: Subject) -> list[Condition]:
    """Entries about the person, by the person, or about looks at their laptops while these were theirs."""
    found: list[Condition] = []
    if subject.person_id is not None:
        named = f"%{subject.person_id}%"
        found = [table.c.who.like(named), table.c.about.like(named)]
    for laptop in subject.laptops:
        about = table.c.about.like(f"%{laptop.device_id}%")
        in_spans = [
            sa.and_(table.c.day >= since, sa.true() if until is None else table.c.day <= until)
            for since, until in laptop.spans
        ]
        found.append(sa.and_(about, sa.or_(*in_spans)))
    return found


def _in_spans(laptop: Laptop, table: sa.Table, day: sa.Column[date]) -> Condition:
    """The same as `Laptop.rows_of`, by another column than `day`."""
    spans = [
        sa.and_(day >= since, sa.true() if until is None else day <= until) for since, until in laptop.spans
    ]
    return sa.and_(table.c.device_id == laptop.device_id, sa.or_(*spans))


_BY_HAND: dict[str, tuple[Callable[[sa.Table, Subject], list[Condition]], str]] = {
    "device": (_laptops, "the laptop is the company's; whose it was is erased"),
    "device_fact": (_facts, ""),
    "device_drop": (_weeks, ""),
    "device_fault": (_held_now, ""),
    "support_look": (_asked, ""),
    "notice_recipient": (_of_mail, ""),
    "outbox": (_of_mail, ""),
    "audit": (_audit, "proves who did what, until its term ends"),
}
"""Tables whose rows are found in another way than by a person's id, or a laptop's id and day."""
