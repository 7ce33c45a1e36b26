"""`dex-server organisation`: whom this installation serves."""

import re
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from babel.numbers import is_currency

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.people.organisations import (
    MAIN,
    chosen_organisation,
    create_organisation,
    local_day,
    organisations,
)
from server.upkeep.delete_organisation import delete_organisation, rows_of

MOST_PER_HOUR = 1_000_000.0
"""An hour of work costs less in every currency; what is more is a slip."""

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,30}")


@click.group("organisation")
def organisation() -> None:
    """Whom this installation serves: its name and its time zone."""


@organisation.command("create")
@click.argument("name")
@click.option("--timezone", default="UTC", show_default=True, help="Where its days begin, as Europe/Berlin.")
@click.option("--slug", default=MAIN, show_default=True, help="Its short name for --org and in figures.")
@data_option
@plain_errors
def create(name: str, timezone: str, slug: str, data: Path) -> None:
    """Make the organisation NAME, once, before people and laptops come in."""
    if not _SLUG.fullmatch(slug):
        raise UsageError("A short name is of small letters, figures and hyphens, 31 at most.")
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone “{timezone}”; it is a name such as Europe/Berlin."
        ) from error
    with opened_store(data) as store, store.transaction() as session:
        if slug in {known.slug for known in organisations(session)}:
            raise UsageError(f"There is an organisation “{slug}” already.")
        made = create_organisation(session, slug, name, utc_now().date(), timezone)
        made.created_on = local_day(made, utc_now())


@organisation.command("list")
@data_option
@plain_errors
def list_all(data: Path) -> None:
    """Print each one's short name, time zone, first day here and name, with tabs between."""
    with opened_store(data) as store, store.reading() as session:
        for known in organisations(session):
            click.echo("\t".join((known.slug, known.timezone, known.created_on.isoformat(), known.name)))


@organisation.command("delete")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do it: nothing of it can be brought back but by a backup.")
@data_option
@plain_errors
def delete(slug: str, yes: bool, data: Path) -> None:
    """Delete the organisation SLUG with everything in it: people, laptops, results, keys, its audit log.

    Without --yes it prints how many rows there are of each table, and deletes nothing.
    """
    with opened_store(data) as store:
        with store.reading() as session:
            chosen = chosen_organisation(session, slug)
        if not yes:
            for table, count in sorted(rows_of(store, chosen.org_id).items()):
                click.echo(f"{table}\t{count}")
            raise UsageError(f"Nothing was deleted. To delete all of “{slug}” for good, add --yes.")
        gone = sum(delete_organisation(store, chosen.org_id).values())
    click.echo(f"“{slug}” is gone: {gone} rows.", err=True)


@organisation.command("cost")
@click.argument("per_hour", type=float, required=False)
@click.option("--currency", metavar="CODE", help="Its three letters by ISO 4217, as EUR.")
@click.option("--none", "nothing", is_flag=True, help="Show hours alone again.")
@data_option
@org_option
@plain_errors
def cost(per_hour: float | None, currency: str | None, nothing: bool, data: Path, org: str | None) -> None:
    """Say what an hour of work costs, so that lost hours are shown in money too; without PER_HOUR, print it.

    It is shown for the company and for units whose hours are exact.
    """
    if (per_hour is None) != (currency is None) or (nothing and per_hour is not None):
        raise UsageError("Give PER_HOUR and --currency together, or --none alone.")
    if per_hour is not None and not (isfinite(per_hour) and 0 < per_hour <= MOST_PER_HOUR):
        raise UsageError(f"An hour costs more than 0 and at most {MOST_PER_HOUR:.0f}.")
    if currency is not None and not is_currency(currency):
        raise UsageError(f"There is no currency “{currency}”; it is a code of ISO 4217 such as EUR.")
    with opened_store(data) as store, store.transaction() as session:
        chosen = chosen_organisation(session, org)
        if per_hour is not None or nothing:
            chosen.cost_per_hour, chosen.cost_currency = per_hour, currency
        held = chosen.cost_per_hour, chosen.cost_currency
    click.echo("none" if held[0] is None else f"{held[0]:.2f} {held[1]}")
