"""Rename and merge teams and units from a day on: the company changes, and nobody's working life."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import UsageError
from server.people.changes import Change, Changed
from server.people.history_models import TeamRenameRow
from server.people.models import AssignmentRow
from server.people.renames import Rename, under_new_name
from server.people.rows import Writing, known_people
from server.people.store import LINES_AT_ONCE, lock_directory

SOURCE = "teams"
"""Who changed a place, where it was this."""


class Team(NamedTuple):
    """A team of the directory on a day, and how many people it has."""

    unit: str | None
    team: str
    people: int


def teams_on(session: Session, org_id: UUID, day: date) -> list[Team]:
    """All teams with somebody in them on a day, left or not yet here, by unit and name."""
    row = AssignmentRow
    query = (
        sa.select(row.unit, row.team, sa.func.count())
        .where(row.org_id == org_id, row.team.is_not(None), row.assignment_from <= day)
        .where(sa.or_(row.assignment_to.is_(None), row.assignment_to >= day))
        .group_by(row.unit, row.team)
    )
    found = [Team(unit, team or "", people) for unit, team, people in session.execute(query)]
    return sorted(found, key=lambda one: (one.unit or "", one.team))


def rename(
    session: Session, org_id: UUID, kind: str, old: Sequence[str], new: str, day: date, today: date
) -> int:
    """Let the teams (units) `old` be called `new` from a day on; returns how many people that concerns.

    More than one is a merger. UsageError if nobody is in one of them on that day or later.
    """
    lock_directory(session, org_id)
    column = AssignmentRow.__table__.c[kind]
    ahead = sa.or_(AssignmentRow.assignment_to.is_(None), AssignmentRow.assignment_to >= day)
    mine = (AssignmentRow.org_id == org_id, ahead)
    there = set(session.scalars(sa.select(column).where(*mine, column.in_(old)).distinct()))
    if missing := [name for name in old if name not in there]:
        raise UsageError(f"Nobody is in the {kind} “{missing[0]}” on {day} or later.")
    moved = [name for name in dict.fromkeys(old) if name != new]
    ids = session.scalars(sa.select(AssignmentRow.person_id).where(*mine, column.in_(moved)).distinct()).all()
    for start in range(0, len(ids), LINES_AT_ONCE):
        writing = Writing(org_id, SOURCE, today)
        for person_id, known in known_people(session, org_id, ids[start : start + LINES_AT_ONCE], ()).items():
            places = under_new_name(known.places, kind, moved, new, day)
            change = Change("place", "changed", since=day)
            writing.add(person_id, "", known, Changed(is_new=False, changes=[change], places=places))
        writing.write(session)
    for name in moved:
        session.merge(TeamRenameRow(org_id=org_id, kind=kind, name=name, day=day, became=new))
    session.flush()
    return len(ids)


def renames(session: Session, org_id: UUID) -> list[Rename]:
    """All that is known of names that changed."""
    row = TeamRenameRow
    query = sa.select(row.kind, row.name, row.day, row.became).where(row.org_id == org_id)
    return [Rename(*found) for found in session.execute(query)]
