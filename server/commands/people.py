"""`dex-server people`: bring the directory in from a CSV file."""

import sys
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.people.csv_import import PeopleFile, read_people
from server.people.organisations import chosen_organisation, local_day
from server.people.store import Imported, save_people

SHOWN = 200  # remarks of one kind; more would hide the first ones


@click.group()
def people() -> None:
    """People, their teams and their days."""


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="Keep the good lines of a file with faults.")
@data_option
@org_option
@plain_errors
def import_people(file: Path, partial: bool, data: Path, org: str | None) -> None:
    """Import FILE, a CSV in UTF-8 (docs/people-fields.md names its columns).

    A file with a fault changes nothing, unless --partial keeps its good lines. Exit code 1 if a line was
    refused.
    """
    read = read_people(file_content(file))
    report("Noted", [str(note) for note in read.notes])
    report("Refused", [str(fault) for fault in read.faults])
    if read.faults and not partial:
        say(f"Nothing was imported: {count_of(len(read.faults), 'fault')}. Correct them, or use --partial.")
        sys.exit(1)
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        today = local_day(organisation, utc_now())
        imported = save_people(session, organisation.org_id, read, today)
        say(_summary(organisation.slug, read, imported))
    if read.faults:
        sys.exit(1)


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


def _summary(slug: str, read: PeopleFile, imported: Imported) -> str:
    parts = [
        f"{imported.new} new",
        f"{imported.changed} changed ({imported.placed} in another place)",
        f"{imported.unchanged} unchanged",
    ]
    text = f"{count_of(len(read.people), 'person', 'people')} imported into “{slug}”: {', '.join(parts)}."
    if imported.elsewhere:
        text += f" {count_of(imported.elsewhere, 'known person is', 'known people are')} not in the file."
    return text


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 fault`, `2 faults`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def say(text: str) -> None:
    """Everything but bare values goes to standard error."""
    click.echo(text, err=True)
