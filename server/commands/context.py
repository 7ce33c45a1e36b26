"""What every command takes: `--data`, and `--org` where it speaks of one organisation."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import sqlalchemy as sa

from server.config import Settings
from server.db import Store
from server.errors import Problem, UsageError

Command = TypeVar("Command", bound=Callable[..., Any])

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var"),
    show_default=True,
    help="Directory of the embedded store and of secrets.",
)
org_option = click.option(
    "--org",
    default=None,
    metavar="SLUG",
    help="Organisation, where two exist. Default: the demo while loaded.",
)


@contextmanager
def opened_store(data: Path) -> Iterator[Store]:
    """The store of this data directory, closed at the end."""
    store = Store(Settings.load(data).database_url)
    try:
        yield store
    finally:
        store.close()


def plain_errors(command: Command) -> Command:
    """End a command that cannot do its work with one sentence on standard error and exit code 2."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (UsageError, Problem) as error:
            click.echo(f"dex-server: {error}", err=True)
            sys.exit(2)
        except sa.exc.DatabaseError as error:
            if isinstance(error, (sa.exc.IntegrityError, sa.exc.DataError)):
                raise  # a fault of ours: the store is well
            reason = str(error.orig).partition("\n")[0]  # away, no store at all, or without our tables
            click.echo(
                f"dex-server: The store cannot be used ({reason}). If it is new: dex-server db upgrade",
                err=True,
            )
            sys.exit(2)

    return cast(Command, wrapped)
