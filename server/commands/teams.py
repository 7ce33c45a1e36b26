"""`dex-server teams`: names of teams and units that change with the company, and not with anybody's work."""

from datetime import datetime
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.commands.people import count_of, say
from server.errors import UsageError
from server.people.csv_import import read_cell
from server.people.fields import BY_NAME
from server.people.organisations import chosen_organisation, local_day
from server.people.renames import TEAM, UNIT
from server.people.teams import rename, teams_on

day_option = click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day, as 2026-03-02."
)
units_flag = click.option("--units", is_flag=True, help="The names are of units, not of teams.")


@click.group("teams")
def teams_group() -> None:
    """Names of teams and units that change. Nobody's role changes by that, and trends go on."""


@teams_group.command("list")
@data_option
@org_option
@plain_errors
def list_teams(data: Path, org: str | None) -> None:
    """Print unit, team and number of people of each team there is today, with tabs between."""
    with opened_store(data) as store, store.reading() as session:
        organisation = chosen_organisation(session, org)
        for team in teams_on(session, organisation.org_id, local_day(organisation, utc_now())):
            click.echo("\t".join((team.unit or "-", team.team, str(team.people))))


@teams_group.command("rename")
@click.argument("old")
@click.argument("new")
@day_option
@units_flag
@data_option
@org_option
@plain_errors
def rename_team(old: str, new: str, day: datetime, units: bool, data: Path, org: str | None) -> None:
    """Call the team OLD by the name NEW from a day on."""
    _rename((old,), new, day, units, data, org)


@teams_group.command("merge")
@click.argument("names", nargs=-1, required=True, metavar="NAME NAME...")
@click.option("--into", required=True, metavar="NAME", help="What they are called together.")
@day_option
@units_flag
@data_option
@org_option
@plain_errors
def merge(names: tuple[str, ...], into: str, day: datetime, units: bool, data: Path, org: str | None) -> None:
    """Make one team of several from a day on."""
    if len({*names, into}) < 2:
        raise UsageError("Name two teams at least.")
    _rename(names, into, day, units, data, org)


def _rename(old: tuple[str, ...], new: str, day: datetime, units: bool, data: Path, org: str | None) -> None:
    kind = UNIT if units else TEAM
    notes: list[str] = []
    try:
        written = read_cell(BY_NAME[kind], new.strip(), notes)
    except ValueError as error:
        raise UsageError(f"{kind}: {error}") from error
    if not isinstance(written, str):
        raise UsageError(f"A {kind} needs a name.")
    for noted in notes:
        say(noted)
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        today = local_day(organisation, utc_now())
        people = rename(session, organisation.org_id, kind, old, written, day.date(), today)
        about = f"{', '.join(old)} called {written} from {day.date()}"
        note(session, organisation, "team renamed", about)
    say(f"{count_of(people, 'person is', 'people are')} in the {kind} “{written}” from {day.date()} on.")
