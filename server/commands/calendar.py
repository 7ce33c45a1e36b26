"""`dex-server calendar`: on which days people work here."""

from datetime import date, datetime
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.people.calendar import calendar_of, set_day, set_place, sites, unset_day
from server.people.organisations import chosen_organisation, local_day
from server.people.working_days import EVERYWHERE, Calendar, OwnDay, Place

MOST_NAME = 100
"""Letters in the name of a day."""

day_argument = click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
site_option = click.option("--site", default=EVERYWHERE, help="Only at this site of the directory.")


@click.group("calendar")
def calendar_group() -> None:
    """On which days people work: holidays of the country, and days of the company's own."""


@calendar_group.command("place")
@click.argument("country", metavar="COUNTRY", required=False)
@click.option("--part", metavar="CODE", help="A part of the country with holidays of its own, as BY of DE.")
@click.option("--none", "nothing", is_flag=True, help="Know no country any more.")
@site_option
@data_option
@org_option
@plain_errors
def place(
    country: str | None, part: str | None, nothing: bool, site: str, data: Path, org: str | None
) -> None:
    """Take the public holidays of COUNTRY, by its two letters as DE, for everywhere or for one site."""
    if (country is None) != nothing:
        raise UsageError("Give a country, or --none.")
    chosen = None if country is None else Place(country.upper(), part)
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        if site and chosen is not None and site not in (known := sites(session, org_id)):
            names = ", ".join(known) or "none yet"
            raise UsageError(f"Nobody in the directory has the site “{site}”; there are: {names}.")
        set_place(session, org_id, site, chosen)


@calendar_group.command("add")
@day_argument
@click.argument("name")
@click.option("--works", is_flag=True, help="People work on this day, although it is a holiday or weekend.")
@site_option
@data_option
@org_option
@plain_errors
def add(day: datetime, name: str, works: bool, site: str, data: Path, org: str | None) -> None:
    """Make DAY (as 2026-12-24) free under a NAME, or a day of work, whatever the country says."""
    if not name.strip() or len(name) > MOST_NAME:
        raise UsageError(f"The name of a day has 1 to {MOST_NAME} letters.")
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        set_day(session, org_id, site, day.date(), OwnDay(name.strip(), works))


@calendar_group.command("remove")
@day_argument
@site_option
@data_option
@org_option
@plain_errors
def remove(day: datetime, site: str, data: Path, org: str | None) -> None:
    """Say nothing of DAY any more: it is again what the country says of it."""
    with opened_store(data) as store, store.transaction() as session:
        if not unset_day(session, chosen_organisation(session, org).org_id, site, day.date()):
            raise UsageError(f"Nothing was said of {day.date()}.")


@calendar_group.command("show")
@click.option("--year", type=click.IntRange(1990, 2100), help="Default: this year.")
@data_option
@org_option
@plain_errors
def show(year: int | None, data: Path, org: str | None) -> None:
    """Print each site's country, and the days of a year that are not like others of their weekday.

    With tabs between: day, site (`-` for everywhere), `free` or `works`, name. Of a site stand those days on
    which it differs from the organisation, and those that were added.
    """
    with opened_store(data) as store, store.reading() as session:
        organisation = chosen_organisation(session, org)
        calendar = calendar_of(session, organisation.org_id)
        chosen = year or local_day(organisation, utc_now()).year
    for site, where in sorted(calendar.places.items()):
        click.echo("\t".join((site or "-", where.country, where.subdivision or "-")))
    for day, site in _unusual(calendar, chosen):
        said = "works" if calendar.is_working(day, site) else "free"
        click.echo("\t".join((day.isoformat(), site or "-", said, calendar.name_of(day, site) or "-")))


def _unusual(calendar: Calendar, year: int) -> list[tuple[date, str]]:
    """The days to show, with the site for which each of them is."""
    days = [
        date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    ]
    named = {EVERYWHERE, *calendar.places, *(site for site, _ in calendar.own_days)}
    return [
        (day, site)
        for day in days
        for site in sorted(named)
        if (site, day) in calendar.own_days
        or (
            calendar.is_unusual(day, site)
            if site == EVERYWHERE
            else calendar.is_working(day, site) != calendar.is_working(day)
        )
    ]
