"""What even the smallest command takes: `--data`, and errors as one plain sentence."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from server.config import DATA
from server.errors import Problem, UsageError
from server.people.weeks import monday_of

Command = TypeVar("Command", bound=Callable[..., Any])

data_option = click.option(
    "--data",
    envvar=DATA,
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var"),
    show_default=True,
    help="Directory of the embedded store and of secrets.",
)


def plain_errors(command: Command) -> Command:
    """End a command that cannot do its work with one sentence on standard error and exit code 2."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (UsageError, Problem) as error:
            click.echo(f"dex-server: {error}", err=True)
            sys.exit(2)

    return cast(Command, wrapped)


def iso_week(text: str) -> str:
    """The week that somebody named, such as 2026-W10. UsageError if it is none."""
    try:
        monday_of(text)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    return text
