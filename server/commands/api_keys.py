"""`dex-server api-keys`: keys of programs that read."""

from datetime import timedelta
from pathlib import Path

import click

from server.access.keys import MOST_KEY_DAYS, api_keys, create_key, is_good, revoke_key
from server.access.permissions import KEY_ROLES, Scope
from server.access.roles import Role
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.people.organisations import chosen_organisation

ROLES = sorted({role for roles in KEY_ROLES.values() for role in roles})


@click.group("api-keys")
def api_keys_group() -> None:
    """Keys of programs that read what a role sees."""


@api_keys_group.command("create")
@click.argument("name")
@click.option(
    "--as",
    "role",
    required=True,
    type=click.Choice([role.value for role in ROLES]),
    help="Sees what this role sees.",
)
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may read; may be given several times.",
)
@click.option(
    "--days", required=True, type=click.IntRange(1, MOST_KEY_DAYS), help="Days after today it is good for."
)
@org_option
@data_option
@plain_errors
def create(name: str, role: str, scopes: tuple[str, ...], days: int, org: str | None, data: Path) -> None:
    """Print a new key for the program NAME. It is shown this once; the store keeps only its hash."""
    today = utc_now().date()
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        wanted = {Scope(scope) for scope in scopes}
        last_day = today + timedelta(days=days)
        key, key_id = create_key(session, organisation.org_id, name, Role(role), wanted, today, last_day)
        said = f"{name} as {role} for {', '.join(sorted(wanted))} until {last_day}"
        note(session, organisation, "api key made", str(key_id), said)
    click.echo(f"For {organisation.name}, good until {last_day}:", err=True)
    click.echo(key)


@api_keys_group.command("list")
@org_option
@data_option
@plain_errors
def list_keys(org: str | None, data: Path) -> None:
    """Print name, state, last day, role, scopes and day of the last use of each key, with tabs between."""
    today = utc_now().date()
    with opened_store(data) as store, store.reading() as session:
        rows = api_keys(session, chosen_organisation(session, org).org_id)
    for row in rows:
        state = "good" if is_good(row, today) else "revoked" if row.revoked_on else "expired"
        used = f"used {row.last_used_on}" if row.last_used_on else "never used"
        click.echo("\t".join((row.name, state, str(row.last_day), row.role, ",".join(row.scopes), used)))


@api_keys_group.command("revoke")
@click.argument("name")
@org_option
@data_option
@plain_errors
def revoke(name: str, org: str | None, data: Path) -> None:
    """End the key of the program NAME at once."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        key_id = revoke_key(session, organisation.org_id, name, utc_now().date())
        note(session, organisation, "api key revoked", str(key_id), name)
    click.echo("Revoked.", err=True)
