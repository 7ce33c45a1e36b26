"""`dex-server people sources`: the systems that people come from, and which goes first."""

from pathlib import Path

import click

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.people.organisations import chosen_organisation
from server.people.sources import forget, let_go_first, put_in_order, sources


@click.group("sources")
def sources_group() -> None:
    """The systems that people come from, and which goes first where two disagree."""


@sources_group.command("list")
@data_option
@org_option
@plain_errors
def list_sources(data: Path, org: str | None) -> None:
    """Print each source, who goes first at the top, and the fields for which it goes before all others."""
    with opened_store(data) as store, store.reading() as session:
        for row in sources(session, chosen_organisation(session, org).org_id):
            click.echo("\t".join((row.source, row.first_for or "-")))


@sources_group.command("order")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@data_option
@org_option
@plain_errors
def order(names: tuple[str, ...], data: Path, org: str | None) -> None:
    """Let these sources go first, in this order; all others stay after them."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        put_in_order(session, organisation.org_id, names)
        note(session, organisation, "sources of people changed", f"order: {', '.join(names)}")


@sources_group.command("first")
@click.argument("name")
@click.argument("fields", metavar="FIELD,FIELD...|none")
@data_option
@org_option
@plain_errors
def first(name: str, fields: str, data: Path, org: str | None) -> None:
    """Let the source NAME go before all others for these fields, and for no more than these."""
    chosen = [] if fields == "none" else [part.strip() for part in fields.split(",") if part.strip()]
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        let_go_first(session, organisation.org_id, name, chosen)
        about = f"{name} first for: {', '.join(chosen) or 'none'}"
        note(session, organisation, "sources of people changed", about)


@sources_group.command("forget")
@click.argument("name")
@data_option
@org_option
@plain_errors
def forget_source(name: str, data: Path, org: str | None) -> None:
    """Forget a system that is not there any more: what it said stays, and any other may change it."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        forget(session, organisation.org_id, name)
        note(session, organisation, "sources of people changed", f"forgotten: {name}")
