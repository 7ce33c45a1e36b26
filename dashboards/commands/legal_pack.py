"""`dex-server legal-pack`: drafts for counsel, the works council and employees."""

from pathlib import Path

import click

from dashboards.languages import LANGUAGES
from dashboards.legal.facts import facts_of
from dashboards.legal.pack import write_pack
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.people.organisations import chosen_organisation, local_day


@click.command("legal-pack")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write into."
)
@click.option(
    "--lang",
    default="en",
    show_default=True,
    type=click.Choice(list(LANGUAGES)),
    help="Language of the inventory's sentences. Notices are written in all languages.",
)
@org_option
@data_option
@plain_errors
def legal_pack(out: Path, lang: str, org: str | None, data: Path) -> None:
    """Write drafts of what the law asks for: inventory, works agreement, DPIA, record, notices, bases.

    They are made of what the product does and what the organisation agreed. Counsel has to check them.
    """
    with opened_store(data) as store, store.reading() as session:
        organisation = chosen_organisation(session, org)
        facts = facts_of(session, organisation.org_id)
    written = write_pack(out, facts, local_day(organisation, utc_now()), lang)
    click.echo("\n".join(str(out / name) for name in written))
    click.echo("These are drafts: counsel has to check them.", err=True)
