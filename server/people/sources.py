"""The systems that know people, and which of them goes first (server/people/precedence.py)."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import UsageError
from server.people.history_models import PeopleSourceRow, PersonSourceRow
from server.people.precedence import DEFAULT_RANKS, FIRST, JUDGED, LAST, Precedence

STEP = 10
"""Between the ranks of sources in the order in which they came."""


def sources(session: Session, org_id: UUID) -> list[PeopleSourceRow]:
    """All sources, who goes first at the top."""
    query = sa.select(PeopleSourceRow).where(PeopleSourceRow.org_id == org_id)
    return list(session.scalars(query.order_by(PeopleSourceRow.rank, PeopleSourceRow.source)))


def precedence_of(session: Session, org_id: UUID) -> Precedence:
    """Who goes first in this organisation."""
    known = sources(session, org_id)
    return Precedence(
        ranks={row.source: row.rank for row in known},
        first_for={row.source: frozenset(filter(None, row.first_for.split(","))) for row in known},
    )


def register(session: Session, org_id: UUID, source: str) -> PeopleSourceRow:
    """The source of this name; a new one comes after those that came by name before."""
    row = session.get(PeopleSourceRow, (org_id, source))
    if row is None:
        ranks = [known.rank for known in sources(session, org_id) if known.rank < LAST]
        rank = DEFAULT_RANKS.get(source, max(ranks, default=FIRST) + STEP)
        row = PeopleSourceRow(org_id=org_id, source=source, rank=rank, first_for="")
        session.add(row)
        session.flush()
    return row


def named_source(session: Session, org_id: UUID, source: str) -> PeopleSourceRow:
    """A source that is there. UsageError for one that is not."""
    row = session.get(PeopleSourceRow, (org_id, source))
    if row is None:
        names = ", ".join(known.source for known in sources(session, org_id)) or "none yet"
        raise UsageError(f"There is no source “{source}” here; there are: {names}.")
    return row


def put_in_order(session: Session, org_id: UUID, names: Sequence[str]) -> None:
    """These go first, in this order; all others stay after them, as they were."""
    rows = [named_source(session, org_id, name) for name in dict.fromkeys(names)]
    rows += [row for row in sources(session, org_id) if row not in rows]
    for number, row in enumerate(rows, start=1):
        row.rank = STEP * number
    session.flush()


def let_go_first(session: Session, org_id: UUID, source: str, fields: Sequence[str]) -> None:
    """The fields for which this source goes first, in place of those it had."""
    unknown = sorted(set(fields) - JUDGED)
    if unknown:
        raise UsageError(f"“{unknown[0]}” is no such field; there are: {', '.join(sorted(JUDGED))}.")
    named_source(session, org_id, source).first_for = ",".join(sorted(set(fields)))
    session.flush()


def forget(session: Session, org_id: UUID, source: str) -> None:
    """A system that is not there any more: what it said stays, and any other may change it."""
    row = named_source(session, org_id, source)
    of_source = (PersonSourceRow.org_id == org_id, PersonSourceRow.source == source)
    session.execute(sa.delete(PersonSourceRow).where(*of_source))
    session.delete(row)
    session.flush()
