"""The step of `up` that lets this laptop in and says what runs and where."""

import signal
import sys
from importlib.metadata import version
from pathlib import Path

import click

from dashboards.enrol_here import enrol_this_machine
from dashboards.links import LINK_HOURS, link
from dashboards.this_machine import agent_config, device_of
from dashboards.up import MISSING
from server.access.roles import Grant, Role
from server.commands.context import opened_store, plain_errors
from server.db import Store
from server.people.organisations import MAIN, org_id_of


@plain_errors
def welcome(data: Path, address: str) -> int:
    """Exit code: 0 if the agent of this laptop can run now, MISSING if not."""
    with opened_store(data) as store:
        missing = enrol_this_machine(store, data, address)
        _say_what_runs(store, data, address, missing)
    return MISSING if missing else 0


def _say_what_runs(store: Store, data: Path, address: str, missing: str) -> None:
    """In words on standard error; the sign-in link alone on standard output."""
    say = [
        f"Employee DEX {version('employee-dex')} is running; its data is in {data.absolute()}.",
        f"  Pages and collector   {address}",
        f"  Agent of this laptop  {missing or agent_config(data)}",
    ]
    device_id = device_of(data)
    if device_id is None:
        click.echo("\n".join(say), err=True)
        return
    with store.transaction() as session:
        own_page = link(session, Grant(org_id_of(MAIN), Role.EMPLOYEE, device_id=device_id), address)
    say += ["", f"Open My laptop; this link works once, within {LINK_HOURS} hours:"]
    click.echo("\n".join(say), err=True)
    click.echo(own_page)


if __name__ == "__main__":  # started so by `up`: data directory, address
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # takes the agent that enrols along
    sys.exit(welcome(Path(sys.argv[1]), sys.argv[2]))
