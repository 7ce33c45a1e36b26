"""`dex-server people import` and `profiles`: files of HR systems, and how they are read."""

import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import click
import msgspec

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.commands.people import count_of, file_content, report, say
from server.errors import UsageError
from server.people.changes import Changed, Telling
from server.people.csv_import import PeopleFile, PersonLine, read_people
from server.people.day_format import DayFormat
from server.people.differences import as_json, told
from server.people.organisations import chosen_organisation, local_day
from server.people.own_profile import read_profile
from server.people.profile import NAME, PLAIN, Profile
from server.people.profiles import PROFILES, profile_named
from server.people.store import Imported, compare_people, save_people
from server.people.table_file import ENCODINGS


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", default=PLAIN.name, metavar="NAME|FILE", help="How to read it: people profiles.")
@click.option("--dates", metavar="FORMAT", help="How it writes days, as DD.MM.YYYY.")
@click.option("--encoding", type=click.Choice(ENCODINGS), help="Where no byte order mark says it.")
@click.option("--source", metavar="NAME", help="The system it comes from. Default: the profile's name.")
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would change, person by person.")
@click.option("--json", "in_json", is_flag=True, help="Print what changes as JSON.")
@click.option("--correct", is_flag=True, help="What it says was so all along; what is stored was wrong.")
@click.option("--reorganisation", is_flag=True, help="Places that begin are nobody's change of role.")
@click.option("--partial", is_flag=True, help="Keep the good lines of a file with faults.")
@data_option
@org_option
@plain_errors
def import_people(
    file: Path,
    profile: str,
    dates: str | None,
    encoding: str | None,
    source: str | None,
    dry_run: bool,
    in_json: bool,
    correct: bool,
    reorganisation: bool,
    partial: bool,
    data: Path,
    org: str | None,
) -> None:
    """Import FILE, a CSV (docs/people-fields.md names its columns, docs/operate/people.md tells the rest).

    A file with a fault changes nothing, unless --partial keeps its good lines. Exit code 0 if every line
    was good, 1 if a line was refused, 2 if the file cannot be read at all; the same for a dry run.
    """
    chosen = chosen_profile(profile)
    chosen = replace(chosen, dates=DayFormat(dates.upper()) if dates else chosen.dates)
    chosen = replace(chosen, encoding=encoding or chosen.encoding)
    telling = Telling(source_name(source or chosen.name), correct, reorganisation)
    read = read_people(file_content(file), chosen)
    report("Noted", [str(note) for note in read.notes])
    report("Refused", [str(fault) for fault in read.faults])
    differences = _Differences()
    imported = None
    if dry_run:
        with opened_store(data) as store, store.reading() as session:
            organisation = chosen_organisation(session, org)
            today = local_day(organisation, utc_now())
            imported = compare_people(session, organisation.org_id, read, today, telling, differences.add)
    elif partial or not read.faults:
        with opened_store(data) as store, store.transaction() as session:
            organisation = chosen_organisation(session, org)
            today = local_day(organisation, utc_now())
            seen = differences.add if in_json else None
            imported = save_people(session, organisation.org_id, read, today, telling, seen)
            note(session, organisation, "people imported", f"source {telling.source}")
    else:
        say(f"Nothing was imported: {count_of(len(read.faults), 'fault')}. Correct them, or use --partial.")
    if in_json:
        click.echo(_json(telling, dry_run, read, imported, differences))
    elif dry_run:
        for line, changed in differences.found:
            click.echo("\n".join(told(line, changed)))
    if imported is not None:
        say(summary(organisation.slug, read, imported, dry_run))
    if read.faults:
        sys.exit(1)


@dataclass
class _Differences:
    """Lines that change something, or about which another source says otherwise."""

    found: list[tuple[PersonLine, Changed]] = field(default_factory=list)

    def add(self, line: PersonLine, changed: Changed) -> None:
        if changed.changes or changed.disagreed:
            self.found.append((line, changed))


def _json(
    telling: Telling, dry_run: bool, read: PeopleFile, imported: Imported | None, differences: _Differences
) -> str:
    document = {
        "source": telling.source,
        "written": imported is not None and not dry_run,
        "counts": None if imported is None else asdict(imported),
        "people": [as_json(line, changed) for line, changed in differences.found],
        "refused": [asdict(fault) for fault in read.faults],
        "noted": [asdict(noted) for noted in read.notes],
    }
    return msgspec.json.encode(document).decode()


def summary(slug: str, read: PeopleFile, imported: Imported, dry_run: bool = False) -> str:
    """Counts of an import in a sentence or two."""
    parts = [
        f"{imported.new} new",
        f"{imported.changed} changed ({imported.placed} in another place)",
        f"{imported.unchanged} unchanged",
    ]
    for number, word in (
        (imported.left, "leave"),
        (imported.rehired, "hired again"),
        (imported.corrected, "corrected"),
    ):
        parts += [f"{number} {word}"] if number else []
    verb = "would be imported" if dry_run else "imported"
    text = f"{count_of(len(read.people), 'person', 'people')} {verb} into “{slug}”: {', '.join(parts)}."
    if imported.elsewhere:
        text += f" {count_of(imported.elsewhere, 'known person is', 'known people are')} not in the file."
    if imported.disagreed:
        text += f" About {count_of(imported.disagreed, 'person', 'people')} another source says otherwise."
    return text


@click.command("profiles")
@click.argument("name", required=False)
@plain_errors
def profiles(name: str | None) -> None:
    """Print the built-in profiles with their format of days; with NAME, the headings that it reads."""
    if name is None:
        for known in PROFILES.values():
            click.echo("\t".join((known.name, known.dates.text, known.says)))
        return
    known = profile_named(name)
    for name, headings in known.columns.items():
        click.echo(f"{name}\t{', '.join(headings)}")
    for name, alternatives in known.joined.items():
        click.echo(f"{name}\t{', '.join(' + '.join(headings) for headings in alternatives)}")


def chosen_profile(name: str) -> Profile:
    """A built-in profile, or the one of a TOML file."""
    return read_profile(profile_text(name)) if name.endswith(".toml") else profile_named(name)


def profile_text(file: str) -> str:
    """The text of an own profile. UsageError if it cannot be read."""
    try:
        return file_content(Path(file)).decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text.") from error


def source_name(name: str) -> str:
    """The name of a source. UsageError for what cannot be one."""
    if not NAME.fullmatch(name):
        raise UsageError("A source has a name of small letters, figures and hyphens, 31 at most.")
    return name
