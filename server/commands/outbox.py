"""`dex-server outbox`: messages that wait or were given up."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.outbox.models import GIVEN_UP, OutboxRow
from server.outbox.store import drop, listed, try_again
from server.people.organisations import chosen_organisation

ids_argument = click.argument("ids", nargs=-1, type=click.UUID)
all_option = click.option("--all", "given_up", is_flag=True, help="All that were given up.")


@click.group("outbox")
def outbox_group() -> None:
    """Mails and webhooks that wait to be sent, or were given up."""


@outbox_group.command("list")
@data_option
@org_option
@plain_errors
def list_messages(data: Path, org: str | None) -> None:
    """Print each message: id, state, tries, what it is about, to whom, and what went wrong."""
    with opened_store(data) as store, store.reading() as session:
        rows = listed(session, chosen_organisation(session, org).org_id)
    for row in rows:
        state = "given up" if row.state == GIVEN_UP else f"due {row.due:%Y-%m-%d %H:%M}"
        click.echo(
            f"{row.message_id}  {state:<20}  {row.attempts:>2} tries  {row.cause}"
            f"  to {row.recipient}  {row.last_error}".rstrip()
        )


@outbox_group.command("retry")
@ids_argument
@all_option
@data_option
@org_option
@plain_errors
def retry(ids: tuple[UUID, ...], given_up: bool, data: Path, org: str | None) -> None:
    """Begin anew with the messages IDS, or with all that were given up."""
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        wanted = _wanted(listed(session, org_id), ids, given_up)
        number = try_again(session, org_id, wanted, utc_now())
    click.echo(f"{number} messages are tried again.", err=True)


@outbox_group.command("drop")
@ids_argument
@all_option
@data_option
@org_option
@plain_errors
def drop_messages(ids: tuple[UUID, ...], given_up: bool, data: Path, org: str | None) -> None:
    """Forget the messages IDS, or all that were given up."""
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        number = drop(session, org_id, _wanted(listed(session, org_id), ids, given_up))
    click.echo(f"{number} messages are forgotten.", err=True)


def _wanted(rows: list[OutboxRow], ids: Collection[UUID], given_up: bool) -> set[UUID]:
    """The ids that are meant. UsageError for one that is not there, and for none at all."""
    if bool(ids) == given_up:
        raise UsageError("Name the ids of messages, or --all.")
    unknown = set(ids) - {row.message_id for row in rows}
    if unknown:
        raise UsageError(f"There is no message {min(unknown)} that waits or was given up.")
    return set(ids) or {row.message_id for row in rows if row.state == GIVEN_UP}
