"""`dex-server scim-token`: tokens of identity providers that bring people over SCIM."""

from datetime import timedelta
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.scim.limits import LONGEST_NAME, MOST_DAYS
from server.scim.tokens import create_token, is_good, revoke_token, tokens


@click.group("scim-token")
def scim_token_group() -> None:
    """Tokens of identity providers that bring people over SCIM."""


@scim_token_group.command("create")
@click.argument("name")
@click.option(
    "--days",
    default=365,
    show_default=True,
    type=click.IntRange(1, MOST_DAYS),
    help="Days after today it is good for.",
)
@org_option
@data_option
@plain_errors
def create(name: str, days: int, org: str | None, data: Path) -> None:
    """Print a new token for the directory NAME. It is shown this once; the store keeps only its hash.

    Several are good at once, so that a new one is in use before the old one is revoked.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"A name has 1 to {LONGEST_NAME} characters that can be seen.")
    today = utc_now().date()
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        token_id, token = create_token(session, organisation.org_id, name, today, days)
        last_day = today + timedelta(days=days)
        note(session, organisation, "scim token made", str(token_id), f"{name} until {last_day}")
    click.echo(f"For {organisation.name}, good until {last_day}:", err=True)
    click.echo(token)


@scim_token_group.command("list")
@org_option
@data_option
@plain_errors
def list_tokens(org: str | None, data: Path) -> None:
    """Print name, state, last day and the day of the last use of each token, with tabs between."""
    today = utc_now().date()
    with opened_store(data) as store, store.reading() as session:
        rows = tokens(session, chosen_organisation(session, org).org_id)
    for row in rows:
        state = "good" if is_good(row, today) else "revoked" if row.revoked_on else "expired"
        used = f"used {row.last_used_on}" if row.last_used_on else "never used"
        click.echo("\t".join((row.name, state, str(row.last_day), used)))


@scim_token_group.command("revoke")
@click.argument("name")
@org_option
@data_option
@plain_errors
def revoke(name: str, org: str | None, data: Path) -> None:
    """End the token of the directory NAME at once."""
    today = utc_now().date()
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        token_id = revoke_token(session, organisation.org_id, name, today)
        if token_id is None:
            raise UsageError(f"There is no good token “{name}”; see: dex-server scim-token list")
        note(session, organisation, "scim token revoked", str(token_id), name)
    click.echo("It is not accepted any more.", err=True)
