"""Who somebody of the directory is on a day: still here, whom an address names, whose lead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.people.models import AssignmentRow, PersonRow


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
    them, else none."""
    person = session.get(PersonRow, (org_id, person_id))
    if person is None:
        return None
    place = AssignmentRow
    now = sa.and_(
        place.org_id == org_id,
        place.assignment_from <= day,
        sa.or_(place.assignment_to.is_(None), place.assignment_to >= day),
        place.team.is_not(None),
    )
    led = (
        sa.select(place.team)
        .join(PersonRow, (PersonRow.org_id == place.org_id) & (PersonRow.person_id == place.person_id))
        .where(now, PersonRow.org_id == org_id, PersonRow.manager == person.employee_id, _has_not_left(day))
        .where(PersonRow.person_id != person_id)
        .distinct()
    )
    teams = set(session.scalars(led))
    if len(teams) > 1:
        teams &= set(session.scalars(sa.select(place.team).where(now, place.person_id == person_id)))
    return teams.pop() if len(teams) == 1 else None


def _has_not_left(day: date) -> sa.ColumnElement[bool]:
    return sa.or_(PersonRow.last_day.is_(None), PersonRow.last_day >= day)
