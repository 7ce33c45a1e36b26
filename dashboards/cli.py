"""The entry point `dex-server`: the server's commands, and those that run it and its pages."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from dashboards import serve as serving
from dashboards import up as running
from dashboards import worker as working
from dashboards.this_machine import device_of
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.cli import main
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.config import Settings
from server.demo.personas import personas
from server.errors import UsageError
from server.people.organisations import MAIN, chosen_organisation
from server.people.queries import person_by_employee_id

port_option = click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)

pem_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("up")
@data_option
@port_option
@click.option("--demo", is_flag=True, help="Load a demo company beside it, once.")
@plain_errors
def up(data: Path, port: int, demo: bool) -> None:
    """Run everything on this machine, its agent too, until Ctrl-C."""
    running.up(data, port, demo)


@click.command("serve")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@port_option
@click.option("--tls-cert", type=pem_file, help="Certificate and its chain, in PEM: speak TLS.")
@click.option("--tls-key", type=pem_file, help="The key of that certificate.")
@plain_errors
def serve(data: Path, host: str, port: int, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Run the collector with its pages. The store must be there: dex-server db upgrade"""
    if (tls_cert is None) != (tls_key is None):
        raise UsageError("TLS needs both --tls-cert and --tls-key.")
    listen = serving.Listen(host, port, tls_cert, tls_key)
    Settings.load(data)
    running.check_port(listen)
    serving.serve(data, listen)


@click.command("worker")
@data_option
@plain_errors
def worker(data: Path) -> None:
    """Run the periodic jobs, beside any number of collectors."""
    working.run_worker(data)


@click.command("login-link")
@click.argument("role", type=click.Choice([role.value for role in Role]))
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


def _persona(session: Session, role: Role, org: str | None) -> Grant | None:
    """Who the demo company has for this role, if it is the demo that is meant."""
    if not chosen_organisation(session, org).demo:
        return None
    return next((grant for _, grant in personas(session) if grant.role is role), None)


for command in (up, serve, worker, login_link):
    main.add_command(command)

__all__ = ["main"]

if __name__ == "__main__":
    main()
