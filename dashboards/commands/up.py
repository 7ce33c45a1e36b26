"""`dex-server up`: everything on this machine. It waits for as long as it runs, so it imports little."""

from pathlib import Path

import click

from dashboards import up as running
from dashboards.commands.options import port_option
from server.commands.plain import data_option, plain_errors


@click.command("up")
@data_option
@port_option
@click.option("--demo", is_flag=True, help="Load a demo company beside it, once.")
@plain_errors
def up(data: Path, port: int, demo: bool) -> None:
    """Run everything on this machine, its agent too, until Ctrl-C."""
    running.up(data, port, demo)
