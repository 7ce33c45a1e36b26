"""`dex-server faults`: the worklist of technical faults, by asset tag."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from server.access.audit import ON_THE_HOST, record
from server.agreement.queries import edition_in_force
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.devices.queries import one_device_named
from server.faults import looks
from server.faults.queries import says
from server.faults.rules import RULES
from server.faults.shape import Faults, split_fault
from server.faults.store import set_ticket
from server.people.organisations import chosen_organisation, local_day


@click.group("faults")
def faults_group() -> None:
    """What is wrong with which laptop: for whoever mends it, by asset tag."""


@faults_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as GET /api/v1/faults does.")
@org_option
@data_option
@plain_errors
def list_faults(as_json: bool, org: str | None, data: Path) -> None:
    """Print severity, asset tag, model, fault, the day of it and the ticket. The look is in the audit log."""
    with opened_store(data) as store:
        with store.reading() as session:
            organisation = chosen_organisation(session, org)
        today = local_day(organisation, utc_now())
        found = looks.look_at_all(store, organisation.org_id, ON_THE_HOST, today)
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(_lines(found)))


@faults_group.command("ticket")
@click.argument("device")
@click.argument("fault")
@click.argument("ticket")
@org_option
@data_option
@plain_errors
def take_up(device: str, fault: str, ticket: str, org: str | None, data: Path) -> None:
    """Note that FAULT of DEVICE is worked on under TICKET, “-” for none.

    DEVICE is an id, the start of one, or a serial number; the owner of the laptop sees the ticket too.
    """
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        org_id = organisation.org_id
        device_id = one_device_named(session, org_id, device)
        set_ticket(session, org_id, device_id, fault, None if ticket == "-" else ticket)
        today = local_day(organisation, utc_now())
        record(session, org_id, today, ON_THE_HOST, looks.TICKET, f"{device_id} {fault}")
    click.echo("Noted.", err=True)


@faults_group.command("rules")
@org_option
@data_option
@plain_errors
def list_rules(org: str | None, data: Path) -> None:
    """Print which faults are looked for, as the agreement in force has them."""
    with opened_store(data) as store, store.reading() as session:
        agreed = edition_in_force(session, chosen_organisation(session, org).org_id).faults
    for name, numbers in agreed.items():
        subject = "An application" if name == "crashing-application" else "a source"
        click.echo("\t".join((RULES[name].severity, name, says(name, subject, numbers))))
    if not agreed:
        click.echo("The agreement in force names no fault, so none is looked for.", err=True)


def _lines(found: Faults) -> Iterator[str]:
    if found.looked_on is None:
        yield "No laptop has been looked at yet; the job look_for_faults does it once a day."
        return
    yield f"Looked at on {found.looked_on}: {len(found.faults)} faults."
    for row in found.faults:
        rule, subject = split_fault(row.fault)
        about = f"{rule}: {subject}" if subject else rule
        ticket = row.ticket or "-"
        yield "\t".join((row.severity, row.asset_tag, row.model or "-", about, f"{row.since}", ticket))
