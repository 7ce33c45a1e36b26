"""The step of `up` that prints a way in for each role of the demo company."""

import sys
from pathlib import Path

import click

from dashboards.links import LINK_HOURS, link
from dashboards.up import MISSING
from server.commands.context import opened_store, plain_errors
from server.demo.loaded import is_loaded
from server.demo.personas import personas


@plain_errors
def print_links(data: Path, address: str) -> int:
    """Exit code: 0, or MISSING if the demo company is not loaded."""
    with opened_store(data) as store:
        if not is_loaded(store):
            return MISSING
        click.echo(f"\nThe demo company; each link works once, within {LINK_HOURS} hours:", err=True)
        with store.transaction() as session:
            for title, grant in personas(session):
                click.echo(f"  {title:<9}{link(session, grant, address)}", err=True)
    return 0


if __name__ == "__main__":  # started so by `up`: data directory, address
    sys.exit(print_links(Path(sys.argv[1]), sys.argv[2]))
