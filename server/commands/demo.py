"""`dex-server demo`: bring the demo company in, or take it out."""

from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, plain_errors
from server.demo.load import load
from server.demo.remove import remove_organisation
from server.errors import UsageError
from server.people.organisations import DEMO, org_id_of


@click.group()
def demo() -> None:
    """A company that does not exist, to look at everything."""


@demo.command("load")
@data_option
@plain_errors
def load_demo(data: Path) -> None:
    """Load the demo company, with half a year behind it. Takes about a minute and a half."""
    with opened_store(data) as store:
        company = load(store, utc_now())
    click.echo(
        f"The demo company is loaded: {len(company.employees)} people came and went"
        f" between {company.first} and {company.last}.",
        err=True,
    )


@demo.command("remove")
@data_option
@plain_errors
def remove_demo(data: Path) -> None:
    """Take the demo company out, with every row of it."""
    with opened_store(data) as store:
        gone = remove_organisation(store, org_id_of(DEMO))
    if not gone:
        raise UsageError("The demo company is not loaded.")
    click.echo(f"The demo company is gone: {gone} rows.", err=True)
