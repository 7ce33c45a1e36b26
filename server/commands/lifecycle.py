"""`dex-server lifecycle`: how joining, moving and leaving goes, in released numbers, and what people need."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.commands.people import say
from server.lifecycle.required import EVERYBODY, need_no_more, require, required_of
from server.people.organisations import chosen_organisation
from server.privacy.lifecycle_figures import LifecycleFigure, LifecycleSpan, MedianFigure, lifecycle_of
from server.privacy.lifecycle_job import release_lifecycle_of
from server.privacy.lifecycle_store import broken_periods

team_option = click.option("--team", default=EVERYBODY, help="The team that needs it; everybody by default.")


@click.group("lifecycle")
def lifecycle_group() -> None:
    """How joining, moving and leaving goes, and which applications people need for it."""


@lifecycle_group.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--verify", is_flag=True, help="Hold all released periods against their digests instead.")
@org_option
@data_option
@plain_errors
def show(as_json: bool, verify: bool, org: str | None, data: Path) -> None:
    """Show the released figures: the last six periods together, then each period, the newest first.

    With --verify, exit code 1 if a period was changed after its release.
    """
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        if verify:
            broken = broken_periods(session, org_id)
            for changed in broken:
                click.echo(f"{changed}: changed after its release")
            sys.exit(1 if broken else 0)
        found = lifecycle_of(session, org_id, exact=True)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif found.year is None:
        click.echo("Nothing is released yet: a period of two months is, 25 days after its end.")
    else:
        for span in (found.year, *found.periods):
            click.echo("\n".join(_lines(span)))


def _lines(span: LifecycleSpan) -> Iterator[str]:
    yield f"{span.first} to {span.last}, groups of {span.k} people or more"
    for figure in span.figures:
        yield from _figure_lines(figure)


def _figure_lines(figure: LifecycleFigure) -> Iterator[str]:
    if not figure.groups:
        yield f"  {figure.figure}: too few people"
    for group in figure.groups:
        parts = ", ".join(f"{one.part} {one.percent} % ({one.low} to {one.high})" for one in group.parts)
        yield f"  {figure.figure}, {group.unit or 'company'}, {group.people} people: {parts}"
    if figure.median:
        yield f"  {figure.figure}, company: {_median(figure.median)}"


def _median(found: MedianFigure) -> str:
    numbers = ["later" if days is None else str(days) for days in (found.median, found.low, found.high)]
    return f"median {numbers[0]} working days ({numbers[1]} to {numbers[2]}), {found.people} people"


@lifecycle_group.command("release")
@org_option
@data_option
@plain_errors
def release(org: str | None, data: Path) -> None:
    """Release the periods whose time has come, as the periodic job does."""
    with opened_store(data) as store:
        with store.reading() as session:
            org_id = chosen_organisation(session, org).org_id
        done = release_lifecycle_of(store, org_id, utc_now())
    for period in done:
        click.echo(f"{period.first} to {period.last}")
    if not done:
        say("No period is due.")


@lifecycle_group.command("require")
@click.argument("app")
@team_option
@org_option
@data_option
@plain_errors
def require_app(app: str, team: str, org: str | None, data: Path) -> None:
    """From now on APP, one of the policy's applications, has to be there for whoever joins or moves."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        new = require(session, organisation.org_id, team, app)
        if new:
            note(session, organisation, "required application added", f"{app} for {team or 'everybody'}")
    say(f"{app} is required{'' if new else ' already'} for {team or 'everybody'}.")


@lifecycle_group.command("unrequire")
@click.argument("app")
@team_option
@org_option
@data_option
@plain_errors
def unrequire_app(app: str, team: str, org: str | None, data: Path) -> None:
    """From now on APP need not be there."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        was = need_no_more(session, organisation.org_id, team, app)
        if was:
            note(session, organisation, "required application removed", f"{app} for {team or 'everybody'}")
    say(f"{app} is required no more." if was else f"{app} was not required for {team or 'everybody'}.")


@lifecycle_group.command("required")
@org_option
@data_option
@plain_errors
def list_required(org: str | None, data: Path) -> None:
    """Print team and application, with a tab between; - is everybody."""
    with opened_store(data) as store, store.reading() as session:
        found = required_of(session, chosen_organisation(session, org).org_id)
    for team, apps in sorted(found.by_team.items()):
        for app in sorted(apps):
            click.echo(f"{team or '-'}\t{app}")
