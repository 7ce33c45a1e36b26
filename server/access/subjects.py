"""Whom a provider's claims mean: a person of the directory, or nobody whom it knows."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.access.models import ProviderIdentityRow
from server.access.providers import Provider
from server.access.store import Subject
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.people.present import people_with_email
from server.people.queries import person_by_employee_id

MOST_TEXT = 200


def subject_of(
    session: Session, org_id: UUID, provider: Provider, claims: Mapping[str, Any], today: date
) -> Subject:
    """Who it is, and in which groups that some role is given to. A person who was found is noted, so that a
    changed or passed on address leads nobody to somebody else."""
    subject = str(claims["sub"])
    key = (org_id, provider.issuer, subject)
    known = session.get(ProviderIdentityRow, key)
    if known is not None:
        person_id: UUID | None = known.person_id
    else:
        person_id = _person_of(session, org_id, provider, claims, today)
        if person_id is not None:
            _note(session, key, person_id, today)
    groups = claims.get(provider.groups_claim)
    told = {groups} if isinstance(groups, str) else set(filter(_is_text, groups or ()))
    names = (claims.get(name) for name in ("preferred_username", "email", "name"))
    shown = next((name for name in names if name and isinstance(name, str)), subject)
    return Subject(provider.issuer, subject, shown[:MOST_TEXT], person_id, told & set(provider.role_map))


def organisation_of(session: Session, provider: Provider) -> UUID | None:
    """Into which organisation the provider leads; None while there is none of that name."""
    try:
        return chosen_organisation(session, provider.org or None).org_id
    except UsageError:
        return None


def _person_of(
    session: Session, org_id: UUID, provider: Provider, claims: Mapping[str, Any], today: date
) -> UUID | None:
    """By the employee id, if the provider tells it; else by an address that it says is theirs and that one
    person alone has."""
    if provider.person_claim:
        employee_id = claims.get(provider.person_claim)
        found = person_by_employee_id(session, org_id, str(employee_id)) if employee_id else None
        return found.person_id if found else None
    email, verified = claims.get("email"), claims.get("email_verified")
    if not (verified is True or verified == "true") or not isinstance(email, str):
        return None
    people = people_with_email(session, org_id, email, today)
    return people[0] if len(people) == 1 else None


def _note(session: Session, key: tuple[UUID, str, str], person_id: UUID, today: date) -> None:
    org_id, issuer, subject = key
    row = ProviderIdentityRow(org_id=org_id, issuer=issuer, subject=subject, person_id=person_id, since=today)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same person in another window was faster
        pass


def _is_text(value: object) -> bool:
    return isinstance(value, str)
