"""`dex-server devices shared|by-sign-in|sign-in`: laptops of several people, and names that sign in."""

from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.devices.assignment import assign, let_others_say
from server.devices.queries import one_device_named
from server.devices.sign_in_job import settle
from server.errors import UsageError
from server.people.organisations import chosen_organisation, local_day
from server.policy.queries import may_ask_for_names
from server.policy.sign_in_key import end_keys, new_key, open_key


@click.command("shared")
@click.argument("device")
@org_option
@data_option
@plain_errors
def shared_device(device: str, org: str | None, data: Path) -> None:
    """Say that DEVICE is several people's, as a kiosk: it counts for nobody and asks no question."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        device_id = one_device_named(session, organisation.org_id, device)
        today = local_day(organisation, utc_now())
        assign(session, organisation.org_id, device_id, None, today, shared=True)
        note(session, organisation, "laptop shared", f"laptop {device_id} from {today} on")
    click.echo(f"From {today} on.", err=True)


@click.command("by-sign-in")
@click.argument("device")
@org_option
@data_option
@plain_errors
def device_by_sign_in(device: str, org: str | None, data: Path) -> None:
    """Let the names that sign in to DEVICE say again whose it is, within the hour."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        device_id = one_device_named(session, organisation.org_id, device)
        let_others_say(session, organisation.org_id, device_id)
        note(session, organisation, "laptop left to sign-in names", f"laptop {device_id}")


@click.group("sign-in")
def sign_in() -> None:
    """Scrambled sign-in names, by which laptops find their people."""


@sign_in.command("on")
@org_option
@data_option
@plain_errors
def ask_for_names(org: str | None, data: Path) -> None:
    """Ask laptops for the scrambled names of who signs in, within the agreement."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        org_id = organisation.org_id
        if not may_ask_for_names(session, org_id):
            raise UsageError("The agreement does not let sign-in names leave laptops, scrambled or not.")
        if open_key(session, org_id) is not None:
            raise UsageError(
                "Laptops are asked for them already. Another key: dex-server devices sign-in renew"
            )
        new_key(session, org_id, local_day(organisation, utc_now()))
        note(session, organisation, "sign-in names asked for", "scrambled")
    click.echo("Laptops hear of it within an hour.", err=True)


@sign_in.command("renew")
@org_option
@data_option
@plain_errors
def renew_key(org: str | None, data: Path) -> None:
    """Scramble names under another key from now on. Whose laptop is whose stays as it is."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        if open_key(session, organisation.org_id) is None:
            raise UsageError("Laptops are not asked for names; see: dex-server devices sign-in on")
        number = new_key(session, organisation.org_id, local_day(organisation, utc_now()))
        note(session, organisation, "key of sign-in names renewed", f"key {number}")
    click.echo("Laptops hear of it within an hour.", err=True)


@sign_in.command("off")
@org_option
@data_option
@plain_errors
def ask_no_names(org: str | None, data: Path) -> None:
    """Ask for no names any more. Whose laptop is whose stays as it is."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        if end_keys(session, organisation.org_id, local_day(organisation, utc_now())):
            note(session, organisation, "sign-in names not asked for", "scrambled")


@sign_in.command("assign")
@org_option
@data_option
@plain_errors
def assign_now(org: str | None, data: Path) -> None:
    """Give laptops to who signs in to them now; else it is done each hour."""
    with opened_store(data) as store:
        with store.reading() as session:
            organisation = chosen_organisation(session, org)
            if open_key(session, organisation.org_id) is None:
                raise UsageError("Laptops are not asked for names; see: dex-server devices sign-in on")
        done = settle(store, organisation, utc_now())
    click.echo(
        f"{done.assigned} laptops given to who signs in, {done.shared} found to be shared, "
        f"{done.nobody} left to nobody.",
        err=True,
    )
