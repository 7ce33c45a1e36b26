"""`dex-server worker`: the periodic jobs, for a system that supervises them."""

from pathlib import Path

import click

from dashboards.worker import run_worker
from server.commands.context import data_option, plain_errors


@click.command("worker")
@data_option
@plain_errors
def worker(data: Path) -> None:
    """Run the periodic jobs, beside any number of collectors."""
    run_worker(data)
