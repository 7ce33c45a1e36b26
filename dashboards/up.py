"""`dex-server up`: store, collector with pages, jobs and the agent of this machine, all in the foreground."""

import http.client
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import click

from dashboards.enrol_here import enrol_this_machine
from dashboards.hold import held
from dashboards.serve import Listen
from dashboards.supervisor import Child, ChildEnded, Family, Interrupted
from dashboards.this_machine import agent_config, agent_program, device_of
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.clock import utc_now
from server.config import Settings, note_address
from server.db import Store
from server.demo.load import is_loaded
from server.demo.personas import personas
from server.errors import UsageError
from server.ingest.partitions import ensure_around
from server.logs import LEVEL
from server.migrate import upgrade
from server.people.organisations import MAIN, create_organisation, org_id_of, organisations

READY_SECONDS = 60.0
LINK_HOURS = 24


def up(data: Path, port: int, demo: bool = False) -> None:
    """Run everything until a signal comes, with the demo company if asked. UsageError says what stands in
    the way."""
    settings = Settings.load(data)
    listen = Listen(port=port)
    with held(data / "up.lock", f"Another dex-server up is running on {data}; end it first."):
        check_port(listen)
        note_address(data, listen.address)
        store = Store(settings.database_url)
        try:
            prepare_store(store)
            with Family() as family, suppress(Interrupted):
                _run(family, store, data, listen, demo)
        except ChildEnded as ended:
            click.echo(f"dex-server: {ended} Everything else was ended with it.", err=True)
            sys.exit(1)
        finally:
            store.close()


def _run(family: Family, store: Store, data: Path, listen: Listen, demo: bool) -> None:
    os.environ.setdefault(LEVEL, "warning")  # a terminal is for what needs somebody
    python = (sys.executable, "-P", "-m")
    place = (str(data), listen.host, str(listen.port))
    family.start(Child("The collector", (*python, "dashboards.serve", *place)))
    if not family.wait_until(lambda: is_ready(listen), READY_SECONDS):
        raise UsageError(f"The collector was not ready after {READY_SECONDS:.0f} seconds.")
    # SIGINT lets a job finish; its lease ends in any case.
    family.start(Child("The worker", (*python, "dashboards.worker", str(data)), signal.SIGINT))
    missing = enrol_this_machine(store, data, listen.address)
    if not missing:
        command = (str(agent_program()), "--config", str(agent_config(data)), "run")
        family.start(Child("The agent", command))
    _say_what_runs(store, data, listen, missing)
    if demo:
        _bring_demo(family, store, data, listen)
    click.echo("\nCtrl-C ends everything.", err=True)
    family.wait()


def _bring_demo(family: Family, store: Store, data: Path, listen: Listen) -> None:
    """The demo company beside the real one, loaded once, and a way in for each of its roles."""
    if not is_loaded(store):
        click.echo("", err=True)
        command = (sys.executable, "-P", "-m", "dashboards.cli", "demo", "load", "--data", str(data))
        if not family.run(Child("The demo", command)):
            click.echo("The demo company could not be loaded; everything else runs.", err=True)
            return
    click.echo(f"\nThe demo company; each link works once, within {LINK_HOURS} hours:", err=True)
    with store.transaction() as session:
        for title, grant in personas(session):
            token = create_link(session, grant, utc_now(), timedelta(hours=LINK_HOURS))
            click.echo(f"  {title:<9}{listen.address}/sign-in/{token}", err=True)


def prepare_store(store: Store) -> None:
    """Newest schema, the weeks around today, and the organisation of this installation."""
    upgrade(store)
    today = utc_now().date()
    ensure_around(store, today)
    with store.transaction() as session:
        if MAIN not in {known.slug for known in organisations(session)}:
            create_organisation(session, MAIN, "Main", today)


def check_port(listen: Listen) -> None:
    """UsageError when nobody can listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
        except PermissionError:
            raise UsageError(
                f"Port {listen.port} is for the system alone; choose one above 1023 with --port."
            ) from None
        except OSError as error:
            raise UsageError(
                f"Port {listen.port} cannot be used: {error.strerror}. Choose another with --port."
            ) from None


def is_ready(listen: Listen) -> bool:
    """Whether the collector says that it would keep batches now."""
    connection = http.client.HTTPConnection(listen.host, listen.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _say_what_runs(store: Store, data: Path, listen: Listen, missing: str) -> None:
    """In words on standard error; the sign-in link alone on standard output."""
    say = [
        f"Employee DEX {version('employee-dex')} is running; its data is in {data.absolute()}.",
        f"  Pages and collector   {listen.address}",
        f"  Agent of this laptop  {missing or agent_config(data)}",
    ]
    device_id = device_of(data)
    if device_id is not None:
        grant = Grant(org_id_of(MAIN), Role.EMPLOYEE, device_id=device_id)
        with store.transaction() as session:
            token = create_link(session, grant, utc_now(), timedelta(hours=LINK_HOURS))
        say += ["", f"Open My laptop; this link works once, within {LINK_HOURS} hours:"]
        click.echo("\n".join(say), err=True)
        click.echo(f"{listen.address}/sign-in/{token}")
    else:
        click.echo("\n".join(say), err=True)
