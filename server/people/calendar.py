"""The calendar in the store: read it, and change what the organisation says of places and days."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import UsageError
from server.people.calendar_models import CalendarDayRow, CalendarPlaceRow
from server.people.models import PersonRow
from server.people.working_days import Calendar, OwnDay, Place, holidays_of

__all__ = ["Calendar", "calendar_of"]


def calendar_of(session: Session, org_id: UUID) -> Calendar:
    """Working days of this organisation, by site."""
    places = session.scalars(sa.select(CalendarPlaceRow).where(CalendarPlaceRow.org_id == org_id))
    days = session.scalars(sa.select(CalendarDayRow).where(CalendarDayRow.org_id == org_id))
    return Calendar(
        places={row.site: Place(row.country, row.subdivision) for row in places},
        own_days={(row.site, row.day): OwnDay(row.name, row.works) for row in days},
    )


def set_place(session: Session, org_id: UUID, site: str, place: Place | None) -> None:
    """From now on the holidays of this place hold at a site, or none of its own. UsageError if unknown."""
    if place is None:
        session.execute(
            sa.delete(CalendarPlaceRow).where(
                CalendarPlaceRow.org_id == org_id, CalendarPlaceRow.site == site
            )
        )
        return
    try:
        holidays_of(place)
    except ValueError as error:
        raise UsageError(str(error)) from error
    row = CalendarPlaceRow(org_id=org_id, site=site, country=place.country, subdivision=place.subdivision)
    session.merge(row)


def set_day(session: Session, org_id: UUID, site: str, day: date, own: OwnDay) -> None:
    """Say of a day that it is free, or worked, whatever the country says."""
    session.merge(CalendarDayRow(org_id=org_id, site=site, day=day, name=own.name, works=own.works))


def unset_day(session: Session, org_id: UUID, site: str, day: date) -> bool:
    """Say nothing of a day any more; whether anything was said."""
    row = session.get(CalendarDayRow, (org_id, site, day))
    if row is not None:
        session.delete(row)
    return row is not None


def sites(session: Session, org_id: UUID) -> list[str]:
    """The sites at which somebody works or worked, by name."""
    query = (
        sa.select(PersonRow.site)
        .where(PersonRow.org_id == org_id, PersonRow.site.is_not(None))
        .distinct()
        .order_by(PersonRow.site)
    )
    return [site for site in session.scalars(query) if site]


def site_of_each(session: Session, org_id: UUID) -> dict[str, str | None]:
    """Everybody's home site by the text of their id, for the trusted core alone."""
    query = sa.select(PersonRow.person_id, PersonRow.site).where(PersonRow.org_id == org_id)
    return {str(row.person_id): row.site for row in session.execute(query)}
