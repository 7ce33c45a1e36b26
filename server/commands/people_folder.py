"""`dex-server people folder`: files that an HR system puts into a folder, taken by the worker."""

from pathlib import Path

import click

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.commands.people_import import chosen_profile, profile_text, source_name
from server.errors import UsageError
from server.intake.folder import DONE, FAILED, prepare
from server.people.organisations import chosen_organisation
from server.people.profile import PLAIN
from server.people.sources import named_source, register, sources


@click.command("folder")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--profile", default=PLAIN.name, metavar="NAME|FILE", help="How to read it: people profiles.")
@click.option("--source", metavar="NAME", help="The system it comes from. Default: the profile's name.")
@click.option("--none", "nothing", is_flag=True, help="Take no more files of --source.")
@data_option
@org_option
@plain_errors
def folder(
    path: Path | None, profile: str, source: str | None, nothing: bool, data: Path, org: str | None
) -> None:
    """Take files from the folder PATH every ten minutes; without PATH, print the folders that there are.

    To be said where the worker runs, as its user. A file is taken two minutes after its last change: all of
    it or nothing. It is then found in done or failed, with a report. An own profile is kept as it is now.
    """
    if nothing and (path is not None or source is None):
        raise UsageError("Give PATH, or --none with --source.")
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        if nothing and source is not None:
            named_source(session, organisation.org_id, source).folder = None
            note(session, organisation, "sources of people changed", f"no folder: {source}")
        elif path is not None:
            chosen = chosen_profile(profile)
            if not path.is_dir():
                raise UsageError(f"There is no folder {path} here.")
            prepare(path)
            row = register(session, organisation.org_id, source_name(source or chosen.name))
            own = profile.endswith(".toml")
            row.folder, row.profile = str(path.absolute()), chosen.name
            row.profile_text = profile_text(profile) if own else None
            note(session, organisation, "sources of people changed", f"folder: {row.source}")
            click.echo(f"Files go to {DONE} and {FAILED} in {row.folder}.", err=True)
        else:
            for row in sources(session, organisation.org_id):
                if row.folder:
                    click.echo("\t".join((row.source, row.profile or PLAIN.name, row.folder)))
