"""What the texts of the legal pack are filled with: what the product does, and what was agreed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from agent.signals import LIMITS
from server.agreement.editions import Edition
from server.agreement.promise_words import KEPT, ROLES, SEES
from server.agreement.promises import roles_now
from server.agreement.queries import edition_in_force
from server.agreement.words import fault_words
from server.legal.inventory import Row, kept, sent
from server.legal.purposes import BASES, GROUNDS
from server.legal.tables import About
from server.people.models import Organisation
from server.policy.queries import settings_of
from server.pulse.queries import COMMENTS_LEAST
from server.terms import TERMS, Terms, terms_in_force

Say = Callable[[str], str]
"""A sentence of the product in the language of a text."""

OF_LAPTOPS = {"batches": "bytes as a laptop sent them", "rows": "days and events of a laptop"}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store; what is said of it holds for all its columns."""

    name: str
    columns: tuple[str, ...]
    about: str
    purpose: str
    basis: str
    kept: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it: rows of the inventory, and what one organisation agreed and asks for."""

    organisation: Organisation
    edition: Edition
    terms: Terms
    asked: Any
    sent: list[Row]
    kept: list[Row]

    @property
    def tables(self) -> list[Table]:
        columns: dict[str, list[Row]] = {}
        for row in self.kept:
            columns.setdefault(row.place, []).append(row)
        return [
            Table(name, tuple(row.name for row in rows), *_shared(rows[0])) for name, rows in columns.items()
        ]


def facts_of(session: Session, org_id: UUID) -> Facts:
    terms = terms_in_force(session)
    return Facts(
        session.get_one(Organisation, org_id),
        edition_in_force(session, org_id),
        terms,
        settings_of(session, org_id),
        sent(terms),
        kept(terms),
    )


def values(facts: Facts, today: date, say: Say) -> dict[str, Any]:
    """Names in the texts -> what stands there, with sentences of the product as `say` says them."""
    edition, bounds, terms = facts.edition, facts.edition.bounds, facts.terms
    tables = facts.tables
    personal = {About.PERSON.value, About.LAPTOP.value, About.TEXT.value}
    return {
        "today": today.isoformat(),
        "organisation": facts.organisation.name,
        "number": edition.number,
        "digest": edition.digest,
        "edition_words": _edition_words(edition),
        "k": facts.organisation.k,
        "group_least": facts.organisation.group_least,
        "comments_least": COMMENTS_LEAST,
        "minute_days": LIMITS.minute_days,
        "batches_days": terms["batches"],
        "rows_days": terms["rows"],
        "person_weeks": length(terms, "person_weeks", say),
        "releases": length(terms, "releases", say),
        "pause": f"{facts.asked.pause_hours:g}" if facts.asked.pause_hours else "",
        "applications": [name for name in facts.asked.applications if ("applications", name) in bounds.named],
        "services": sorted(" ".join(path[1:]) for path in bounds.named if path[0] == "services"),
        "faults": [fault_words(rule, limits).in_words(say) for rule, limits in edition.faults.items()],
        "roles": list(_roles(say)),
        "terms": [(say({**KEPT, **OF_LAPTOPS}[term.name]), length(terms, term.name, say)) for term in TERMS],
        "grounds": list(GROUNDS.values()),
        "named_grounds": list(GROUNDS.items()),
        "bases": BASES,
        "sent": facts.sent,
        "left_out": edition.left_out,
        "categories": sorted(Counter(row.place.partition(".")[0] for row in facts.sent).items()),
        "tables": tables,
        "of_persons": sum(table.about in personal for table in tables),
    }


def length(terms: Terms, name: str, say: Say) -> str:
    """How long a term is, with its unit."""
    number, _, unit = terms.words(name).partition(" ")
    return say(f"{{n}} {unit}").format(n=number)


def _roles(say: Say) -> Iterator[tuple[str, list[str]]]:
    for role, views in roles_now().items():
        yield say(ROLES[role]), [say(SEES.get(view, view)) for view in views]


def _edition_words(edition: Edition) -> str:
    if edition.ended:
        return "an agreement that has ended"
    if edition.agreed:
        return f"edition {edition.number} of the agreement, in force since {edition.since}"
    return "the built-in agreement, which nobody has signed"


def _shared(row: Row) -> tuple[str, str, str, str]:
    return row.about, row.purpose, row.basis, row.kept
