"""`dex-server people`: the directory. Its commands, and what commands that read a file say of it."""

from pathlib import Path

import click

from server.commands.lazy import LazyGroup
from server.errors import UsageError

SHOWN = 200  # remarks of one kind; more would hide the first ones

PEOPLE: dict[str, tuple[str, str]] = {
    "import": ("server.commands.people_import:import_people", "Import a file of an HR system."),
    "profiles": ("server.commands.people_import:profiles", "How files of HR systems are read."),
    "history": ("server.commands.people_history:history", "Which source changed what of somebody."),
    "folder": ("server.commands.people_folder:folder", "Take files from a folder by themselves."),
    "sources": (
        "server.commands.people_sources:sources_group",
        "The systems that people come from, and which goes first.",
    ),
}


@click.group(cls=LazyGroup, table=PEOPLE)
def people() -> None:
    """People, their teams and their days."""


def file_content(file: Path) -> bytes:
    """The bytes of a file that a command was given. Raises UsageError if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error


def report(title: str, remarks: list[str]) -> None:
    """Tell what was found in a file, the first ones of many."""
    if not remarks:
        return
    say(f"{title}:")
    for remark in remarks[:SHOWN]:
        say(f"  {remark}")
    if len(remarks) > SHOWN:
        say(f"  and {len(remarks) - SHOWN} more")


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 fault`, `2 faults`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def say(text: str) -> None:
    """Everything but bare values goes to standard error."""
    click.echo(text, err=True)
