"""`dex-server up`: store, collector with pages, jobs and the agent of this machine, all in the foreground.

It stays in memory for as long as they run, so all that needs the store is done by children that end.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click

from dashboards.listen import Listen, check_port, is_ready
from dashboards.supervisor import Child, ChildEnded, Family, Interrupted
from dashboards.this_machine import agent_config, agent_program, has_desktop
from server.config import DRAIN_SECONDS, LOG_LEVEL, Settings, note_address
from server.errors import UsageError
from server.hold import UP_LOCK, held

READY_SECONDS = 60.0
MISSING = 3
"""Exit code of a step that did not find what it is about: no agent here, no demo loaded."""
_PYTHON = (sys.executable, "-P", "-m")


def up(data: Path, port: int, demo: bool = False) -> None:
    """Run everything until a signal comes, with the demo company if asked. UsageError says what stands in
    the way."""
    Settings.load(data)
    listen = Listen(port=port)
    with held(data / UP_LOCK, f"Another dex-server up is running on {data}; end it first."):
        check_port(listen)
        note_address(data, listen.address)
        _make_store(data)
        try:
            with Family() as family, suppress(Interrupted):
                _run(family, data, listen, demo)
        except ChildEnded as ended:
            click.echo(f"dex-server: {ended} Everything else was ended with it.", err=True)
            sys.exit(1)


def _make_store(data: Path) -> None:
    """What stands in the way is said by the child."""
    command = (*_PYTHON, "dashboards.first_start", str(data))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    click.echo(done.stderr, err=True, nl=False)
    if done.returncode != 0:
        sys.exit(done.returncode)


def _run(family: Family, data: Path, listen: Listen, demo: bool) -> None:
    os.environ.setdefault(LOG_LEVEL, "warning")  # a terminal is for what needs somebody
    os.environ[DRAIN_SECONDS] = "0"  # nobody is in front who had to notice
    place = (str(data), listen.host, str(listen.port))
    family.start(Child("The collector", (*_PYTHON, "dashboards.serve", *place)))
    if not family.wait_until(lambda: is_ready(listen), READY_SECONDS):
        raise UsageError(f"The collector was not ready after {READY_SECONDS:.0f} seconds.")
    # SIGINT lets a job finish; its lease ends in any case.
    family.start(Child("The worker", (*_PYTHON, "dashboards.worker", str(data)), signal.SIGINT))
    if _step(family, "Enrolling this laptop", "dashboards.welcome", data, listen):
        agent = (str(agent_program()), "--config", str(agent_config(data)))
        family.start(Child("The agent", (*agent, "run")))
        if has_desktop():
            family.start(Child("The companion", (*agent, "companion"), may_end=True))
    if demo:
        _bring_demo(family, data, listen)
    click.echo("\nCtrl-C ends everything.", err=True)
    family.wait()


def _step(family: Family, name: str, module: str, data: Path, listen: Listen) -> bool:
    """Let a step run to its end; False if what it is about is missing. Raises ChildEnded if it fails."""
    code = family.run(Child(name, (*_PYTHON, module, str(data), listen.address)))
    if code not in (0, MISSING):
        raise ChildEnded(f"{name} failed.")
    return code == 0


def _bring_demo(family: Family, data: Path, listen: Listen) -> None:
    """The demo company beside the real one, loaded once, and a way in for each of its roles."""
    links = ("Making links to the demo", "dashboards.demo_links", data, listen)
    if _step(family, *links):
        return
    click.echo("", err=True)
    if family.run(Child("The demo", (*_PYTHON, "dashboards.cli", "demo", "load", "--data", str(data)))) != 0:
        click.echo("The demo company could not be loaded; everything else runs.", err=True)
        return
    _step(family, *links)
