"""`dex-server organisation`: whom this installation serves."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, plain_errors
from server.errors import UsageError
from server.people.organisations import MAIN, create_organisation, local_day, organisations

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
