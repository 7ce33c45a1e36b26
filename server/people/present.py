"""Who somebody of the directory is on a day: still here, whom an address names, whose lead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.people.models import AssignmentRow, PersonRow

MOST_LED = 500
"""Of so many who name somebody as manager the teams are looked at."""


def is_here(session: Session, org_id: UUID, person_id: UUID, day: date) -> bool:
    """Whether the directory has this person, and their last day is not over."""
    row = session.get(PersonRow, (org_id, person_id))
    return row is not None and (row.last_day is None or row.last_day >= day)


def has_left(session: Session, org_id: UUID, person_id: UUID, day: date) -> bool:
    """Whether the last day of this person is over, as far as the directory knows."""
    row = session.get(PersonRow, (org_id, person_id))
    return row is not None and row.last_day is not None and row.last_day < day


def employee_ids(session: Session, org_id: UUID, people: Iterable[UUID]) -> dict[UUID, str]:
    """The directory's own names for these people."""
    query = sa.select(PersonRow.person_id, PersonRow.employee_id)
    found = session.execute(query.where(PersonRow.org_id == org_id, PersonRow.person_id.in_(list(people))))
    return {row.person_id: row.employee_id for row in found}


def shown_names(session: Session, org_id: UUID, people: Iterable[UUID]) -> dict[UUID, str]:
    """What these people are called, with the directory's own names for them."""
    query = sa.select(PersonRow.person_id, PersonRow.name, PersonRow.employee_id)
    found = session.execute(query.where(PersonRow.org_id == org_id, PersonRow.person_id.in_(list(people))))
    return {
        row.person_id: f"{row.name} ({row.employee_id})" if row.name else row.employee_id for row in found
    }


@dataclass(frozen=True, slots=True)
class Called:
    """How somebody is called, and nothing else of them."""

    employee_id: str
    name: str | None


def how_called(session: Session, org_id: UUID, people: Iterable[UUID]) -> dict[UUID, Called]:
    """Of these people, those whom the directory has."""
    query = sa.select(PersonRow.person_id, PersonRow.employee_id, PersonRow.name)
    found = session.execute(query.where(PersonRow.org_id == org_id, PersonRow.person_id.in_(list(people))))
    return {row.person_id: Called(row.employee_id, row.name) for row in found}


def people_with_email(session: Session, org_id: UUID, email: str, day: date) -> list[UUID]:
    """Who has this address and is still here; more than one where the directory is in disorder."""
    query = sa.select(PersonRow.person_id).where(
        PersonRow.org_id == org_id,
        sa.func.lower(PersonRow.email) == email.lower(),
        _has_not_left(day),
    )
    return list(session.scalars(query))


def team_led_by(session: Session, org_id: UUID, person_id: UUID, day: date) -> str | None:
    """The team of those who name this person as manager; if they are in several, their manager's own among
    them, else none.

    It is asked at each request, and so in two steps: as one, SQLite reads all assignments there are.
    """
    person = session.get(PersonRow, (org_id, person_id))
    if person is None:
        return None
    led = session.scalars(
        sa.select(PersonRow.person_id)
        .where(PersonRow.org_id == org_id, PersonRow.manager == person.employee_id, _has_not_left(day))
        .limit(MOST_LED)
    ).all()
    teams = _teams_of(session, org_id, [one for one in led if one != person_id], day)
    if len(teams) > 1:
        teams &= _teams_of(session, org_id, [person_id], day)
    return teams.pop() if len(teams) == 1 else None


def _teams_of(session: Session, org_id: UUID, people: Sequence[UUID], day: date) -> set[str]:
    """The teams in which these people are on a day."""
    if not people:
        return set()
    place = AssignmentRow
    query = sa.select(place.team).where(
        place.org_id == org_id,
        place.person_id.in_(people),
        place.assignment_from <= day,
        sa.or_(place.assignment_to.is_(None), place.assignment_to >= day),
        place.team.is_not(None),
    )
    return {team for team in session.scalars(query.distinct()) if team is not None}


def _has_not_left(day: date) -> sa.ColumnElement[bool]:
    return sa.or_(PersonRow.last_day.is_(None), PersonRow.last_day >= day)
