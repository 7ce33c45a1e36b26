"""`dex-server notices`: who of IT hears when something needs them."""

from pathlib import Path

import click

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.config import MAIL_FROM, SMTP_URL, Settings
from server.outbox.models import MAIL
from server.outbox.notice_texts import LANGUAGES
from server.outbox.notices import add, recipients, remove
from server.outbox.webhook import written
from server.people.organisations import chosen_organisation

about_option = click.option(
    "--about",
    default="jobs,store,releases",
    show_default=True,
    help="Subjects, with commas between them.",
)


@click.group("notices")
def notices_group() -> None:
    """Who hears by mail or webhook when something needs them. Notices hold no names, and no figures
    beyond a size class."""


@notices_group.command("add")
@click.argument("recipient")
@about_option
@click.option("--language", default="en", show_default=True, type=click.Choice(LANGUAGES))
@data_option
@org_option
@plain_errors
def add_recipient(recipient: str, about: str, language: str, data: Path, org: str | None) -> None:
    """Tell RECIPIENT, an address of mail or of a webhook (https://…).

    The secret with which a webhook is signed is printed, alone, on standard output.
    """
    settings = Settings.load(data)
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        subjects = [part.strip() for part in about.split(",") if part.strip()]
        row = add(session, org_id, recipient, subjects, language)
    click.echo(f"{row.recipient} hears about {', '.join(row.about)}.", err=True)
    if row.kind == MAIL and not settings.smtp_url:
        click.echo(f"No mail is sent before {SMTP_URL} and {MAIL_FROM} are set for the worker.", err=True)
    if row.secret is not None:
        click.echo(written(row.secret))


@notices_group.command("list")
@data_option
@org_option
@plain_errors
def list_recipients(data: Path, org: str | None) -> None:
    """Print each recipient, their subjects and their language."""
    with opened_store(data) as store, store.reading() as session:
        rows = recipients(session, chosen_organisation(session, org).org_id)
    for row in rows:
        click.echo(f"{row.recipient}  {','.join(row.about)}  {row.language}")


@notices_group.command("remove")
@click.argument("recipient")
@data_option
@org_option
@plain_errors
def remove_recipient(recipient: str, data: Path, org: str | None) -> None:
    """Tell RECIPIENT nothing more, of what waits already neither."""
    with opened_store(data) as store, store.transaction() as session:
        remove(session, chosen_organisation(session, org).org_id, recipient)
    click.echo(f"{recipient} hears nothing more.", err=True)
