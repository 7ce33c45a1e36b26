"""Enrolment keys, and whose laptop is whose."""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.devices_health import health
from server.commands.devices_owner import device_by_sign_in, shared_device, sign_in
from server.commands.inventory import import_devices
from server.commands.noting import note
from server.devices.assignment import assign
from server.devices.queries import devices, enrolment_keys, key_id_of, one_device_named, unassigned_devices
from server.devices.store import create_enrolment_key, retire, revoke_enrolment_key
from server.errors import UsageError
from server.people.organisations import chosen_organisation, local_day
from server.people.queries import person_by_employee_id


@click.group("enroll-key")
def enroll_key() -> None:
    """Keys that let laptops in."""


@enroll_key.command("create")
@click.option("--label", default="", help="What the key is for, to recognise it later.")
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 3650), help="Days it is good for."
)
@click.option("--uses", type=click.IntRange(1), help="Laptops it lets in. Default: any number.")
@org_option
@data_option
@plain_errors
def create_key(label: str, days: int, uses: int | None, org: str | None, data: Path) -> None:
    """Print a new key. It is shown this once; the store keeps only its hash."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        key = create_enrolment_key(session, organisation.org_id, _today(), label, days, uses)
        note(session, organisation, "enrolment key made", str(key_id_of(session, organisation.org_id, key)))
    click.echo(f"For {organisation.name}, good for {days} days:", err=True)
    click.echo(key)


@enroll_key.command("list")
@org_option
@data_option
@plain_errors
def list_keys(org: str | None, data: Path) -> None:
    """Print id, last day, laptops left and label of every key."""
    with opened_store(data) as store, store.reading() as session:
        for key in enrolment_keys(session, chosen_organisation(session, org).org_id):
            left = "any number" if key.uses_left is None else str(key.uses_left)
            ended = "revoked" if key.revoked else "expired" if key.last_day < _today() else "good"
            click.echo("\t".join((str(key.key_id), ended, f"until {key.last_day}", left, key.label)))


@enroll_key.command("revoke")
@click.argument("key_id", type=click.UUID)
@org_option
@data_option
@plain_errors
def revoke_key(key_id: UUID, org: str | None, data: Path) -> None:
    """End the key with this id; laptops that are in stay in."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        if not revoke_enrolment_key(session, organisation.org_id, key_id):
            raise UsageError(f"There is no enrolment key {key_id}; see: dex-server enroll-key list")
        note(session, organisation, "enrolment key revoked", str(key_id))
    click.echo("Revoked.", err=True)


@click.group("devices")
def devices_group() -> None:
    """Laptops that were let in."""


devices_group.add_command(import_devices)
devices_group.add_command(health)
devices_group.add_command(shared_device)
devices_group.add_command(device_by_sign_in)
devices_group.add_command(sign_in)


@devices_group.command("list")
@click.option("--unassigned", is_flag=True, help="Only laptops that may send and are nobody's.")
@org_option
@data_option
@plain_errors
def list_devices(unassigned: bool, org: str | None, data: Path) -> None:
    """Print id, state, serial number and model of every laptop."""
    with opened_store(data) as store, store.reading() as session:
        organisation = chosen_organisation(session, org)
        today = local_day(organisation, utc_now())
        nobodys = unassigned_devices(session, organisation.org_id, today) if unassigned else None
        for row in devices(session, organisation.org_id):
            if nobodys is not None and row["device_id"] not in nobodys:
                continue
            parts = (str(row["device_id"]), row["state"], row["serial"] or "-", row["model"] or "-")
            click.echo("\t".join(parts))


@devices_group.command("assign")
@click.argument("device")
@click.argument("employee_id")
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day it is this person's. Default: today.",
)
@org_option
@data_option
@plain_errors
def assign_device(device: str, employee_id: str, since: datetime | None, org: str | None, data: Path) -> None:
    """Say whose laptop it is: DEVICE an id, a serial number or a host name, EMPLOYEE_ID “-” for nobody's."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        org_id = organisation.org_id
        day = since.date() if since else local_day(organisation, utc_now())
        person_id = None if employee_id == "-" else _person(session, org_id, employee_id)
        device_id = one_device_named(session, org_id, device)
        assign(session, org_id, device_id, person_id, day)
        note(session, organisation, "laptop assigned", f"laptop {device_id} from {day} on")
    click.echo(f"From {day} on.", err=True)


@devices_group.command("retire")
@click.argument("device")
@org_option
@data_option
@plain_errors
def retire_device(device: str, org: str | None, data: Path) -> None:
    """End the token of a laptop that is gone. It can be enrolled again by a key."""
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        retire(session, org_id, one_device_named(session, org_id, device))
    click.echo("Its token is not accepted any more.", err=True)


def _person(session: Session, org_id: UUID, employee_id: str) -> UUID:
    person = person_by_employee_id(session, org_id, employee_id)
    if person is None:
        raise UsageError(f"There is nobody with the employee id “{employee_id}” in the directory.")
    return person.person_id


def _today() -> date:
    return utc_now().date()
