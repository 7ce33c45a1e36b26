"""Whose name it is when somebody signs in to a laptop. The names themselves are not kept, but for e-mail
addresses, which the directory has anyway."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.sign_in_name import digest, normalised
from server.bulk import find_where, target
from server.db import Base
from server.people.models import PersonRow
from server.people.sign_in_models import SignInNameRow

_NAMES = target(Base.metadata.tables[SignInNameRow.__tablename__], "person_id", "source", "sign_in_name")

FILE, SCIM = "file", "scim"
"""Where the directory has a name from."""


def note_names(session: Session, org_id: UUID, source: str, names: Mapping[UUID, Iterable[str]]) -> None:
    """These are the names that these people have by this source; none at all takes theirs away."""
    row = SignInNameRow
    keys = ((org_id, person) for person in names)
    some = find_where(session.connection(), _NAMES, ("org_id", "person_id"), keys)
    known = {(person, found) for person, of, found in some if of == source}
    wanted = {(person, found) for person, each in names.items() for found in _digests(org_id, each)}
    for person, found in sorted(known - wanted, key=str):
        session.execute(
            sa.delete(row).where(
                row.org_id == org_id, row.person_id == person, row.source == source, row.sign_in_name == found
            )
        )
    new = [
        {"org_id": org_id, "person_id": person, "source": source, "sign_in_name": found}
        for person, found in sorted(wanted - known, key=str)
    ]
    if new:
        session.execute(sa.insert(row), new)


def people_by_digest(session: Session, org_id: UUID) -> dict[bytes, UUID]:
    """Everybody by the digests of their names; a name that two people have is nobody's."""
    found: dict[bytes, UUID] = {}
    ambiguous: set[bytes] = set()

    def add(name: bytes, person: UUID) -> None:
        if found.setdefault(name, person) != person:
            ambiguous.add(name)

    row = SignInNameRow
    for person, name in session.execute(
        sa.select(row.person_id, row.sign_in_name).where(row.org_id == org_id)
    ):
        add(name, person)
    emails = sa.select(PersonRow.person_id, PersonRow.email).where(
        PersonRow.org_id == org_id, PersonRow.email.is_not(None)
    )
    for person, email in session.execute(emails):
        for name in _digests(org_id, [email or ""]):
            add(name, person)
    return {name: person for name, person in found.items() if name not in ambiguous}


def _digests(org_id: UUID, names: Iterable[str]) -> set[bytes]:
    return {digest(str(org_id), name) for each in names if (name := normalised(each))}
