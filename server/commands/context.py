"""What a command that uses the store takes: `--data`, `--org` where it speaks of one organisation, and the
store itself."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click
import sqlalchemy as sa

from server.commands import plain
from server.commands.plain import Command, data_option
from server.config import Settings
from server.db import STORE_TROUBLE, Store, trouble_words
from server.errors import UsageError

__all__ = ["data_option", "opened_store", "org_option", "plain_errors"]

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
    """As `plain.plain_errors`, also for a store that cannot be used."""

    @plain.plain_errors
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (sa.exc.IntegrityError, sa.exc.DataError):
            raise  # a fault of ours: the store is well
        except (sa.exc.DatabaseError, *STORE_TROUBLE) as error:  # away, full, or without our tables
            raise UsageError(trouble_words(error)) from error

    return cast(Command, wrapped)
