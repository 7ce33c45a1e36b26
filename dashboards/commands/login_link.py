"""`dex-server login-link`: a way in for whoever may give one."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from dashboards.this_machine import device_of
from server.access.audit import signed_in_as
from server.access.permissions import PEOPLE
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.config import Settings
from server.demo.personas import personas
from server.devices.queries import facts_of
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import MAIN, chosen_organisation
from server.people.queries import person_by_employee_id


@click.command("login-link")
@click.argument("role", type=click.Choice([role.value for role in Role if role in PEOPLE]))
@click.option("--person", metavar="EMPLOYEE_ID", help="Whose sign-in it is.")
@click.option("--device", type=click.UUID, help="Laptop whose page it opens.")
@click.option("--group", help="Reporting group of a lead.")
@click.option(
    "--hours", default=24, show_default=True, type=click.IntRange(1, 24 * 14), help="How long it works."
)
@org_option
@data_option
@plain_errors
def login_link(
    role: str,
    person: str | None,
    device: UUID | None,
    group: str | None,
    hours: int,
    org: str | None,
    data: Path,
) -> None:
    """Print a link that signs in once.

    In the demo company, roles come with the team or person of their persona. Else an employee without
    --person or --device is this machine's.
    """
    settings = Settings.load(data)
    with opened_store(data) as store, store.transaction() as session:
        grant = _grant(session, Role(role), person, device, group, org, data)
        token = create_link(session, grant, utc_now(), timedelta(hours=hours))
        organisation = session.get_one(Organisation, grant.org_id)
        note(session, organisation, "sign-in link made", signed_in_as(grant))
    click.echo(f"For the role {role}; it works once, within {hours} hours:", err=True)
    click.echo(f"{settings.public_url}/sign-in/{token}")


def _grant(
    session: Session,
    role: Role,
    person: str | None,
    device: UUID | None,
    group: str | None,
    org: str | None,
    data: Path,
) -> Grant:
    if (person, device, group) == (None, None, None):
        persona = _persona(session, role, org)
        if persona is not None:
            return persona
    if device is not None:
        _check_device(session, device, org)
    if role is Role.EMPLOYEE and person is None and device is None:
        device, org = device_of(data), org or MAIN
        if device is None:
            raise UsageError("No laptop is enrolled on this machine; name a person with --person.")
    org_id = chosen_organisation(session, org).org_id
    if person is None:
        return Grant(org_id, role, device_id=device, group_name=group)
    found = person_by_employee_id(session, org_id, person)
    if found is None:
        raise UsageError(f"There is nobody with the employee id “{person}” in the directory.")
    return Grant(org_id, role, found.person_id, device, group)


def _check_device(session: Session, device: UUID, org: str | None) -> None:
    """A laptop that was named must be one of the organisation that is meant, or its page would be empty."""
    organisation = chosen_organisation(session, org)
    if facts_of(session, organisation.org_id, device) is None:
        raise UsageError(
            f"The organisation “{organisation.slug}” has no laptop {device}; name its own by --org."
        )


def _persona(session: Session, role: Role, org: str | None) -> Grant | None:
    """Who the demo company has for this role, if it is the demo that is meant."""
    if not chosen_organisation(session, org).demo:
        return None
    return next((grant for _, grant in personas(session) if grant.role is role), None)
