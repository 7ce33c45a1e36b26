"""`dex-server experiments`: changes that are tried out, from the plan to what they did."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.errors import UsageError
from server.experiments.lot import treated_laptops
from server.experiments.models import ExperimentReadingRow, ExperimentRow
from server.experiments.points import MEASURES
from server.experiments.queries import experiment, experiments, readings_of, teams_of
from server.experiments.register import Plan, begin, end, register
from server.experiments.results import minutes_of, reading_of
from server.experiments.schedule import LAPTOPS, MOST_WEEKS, PLANNED
from server.people.organisations import chosen_organisation, local_day

_SAYS = {
    "better": "better",
    "worse": "worse",
    "nothing_worth": "no difference that is worth anything",
    "open": "open",
    "too_few": "too few to tell",
    "withheld": "not shown: too few people, or too little mixed with groups that are shown",
    "remodelled": "not comparable: the score model changed on the way",
}


@click.group("experiments")
def experiments_group() -> None:
    """Changes that are tried out: planned, begun, read week by week."""


@experiments_group.command("plan")
@click.argument("name")
@click.option("--title", required=True, help="What it is called on pages.")
@click.option("--hypothesis", required=True, help="What you expect, in a sentence, before anything is known.")
@click.option("--measure", type=click.Choice(MEASURES), default="technology", show_default=True)
@click.option(
    "--weeks", type=click.IntRange(1, MOST_WEEKS), required=True, help="From the first with the change."
)
@click.option(
    "--team",
    "starts",
    metavar="TEAM=WEEK",
    multiple=True,
    help="A team and the week of its start, YYYY-Www, or “never”. Without any, half of all people by lot.",
)
@data_option
@org_option
@plain_errors
def plan_one(
    name: str,
    title: str,
    hypothesis: str,
    measure: str,
    weeks: int,
    starts: tuple[str, ...],
    data: Path,
    org: str | None,
) -> None:
    """Register a change under NAME, and tell what could be found. Nothing begins yet."""
    plan = Plan(name, title, hypothesis, measure, weeks, dict(map(_start, starts)))
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        row = register(session, organisation, plan, local_day(organisation, utc_now()))
        for line in _power(row):
            click.echo(line)
        note(session, organisation, "experiment registered", name)
    click.echo(f"Next: dex-server experiments start {name}")


def _start(text: str) -> tuple[str, str | None]:
    team, equals, week = text.rpartition("=")
    if not equals or not team:
        raise UsageError(f"“{text}” is not TEAM=WEEK, such as Retail=2026-W40 or Retail=never.")
    return team, None if week == "never" else week


@experiments_group.command("start")
@click.argument("name")
@data_option
@org_option
@plain_errors
def start_one(name: str, data: Path, org: str | None) -> None:
    """Draw the lot of NAME and print the laptops that get the change; or let its roll-out begin."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        row = begin(session, organisation, name, local_day(organisation, utc_now()))
        laptops = treated_laptops(session, organisation.org_id, name) if row.design == LAPTOPS else []
        first = row.first_week
        note(session, organisation, "experiment begun", name)
    for device_id in laptops:
        click.echo(str(device_id))
    click.echo(f"{name} begins with {first}. Give the change to these and no others until then.", err=True)


@experiments_group.command("laptops")
@click.argument("name")
@data_option
@org_option
@plain_errors
def laptops_of_one(name: str, data: Path, org: str | None) -> None:
    """Print the laptops that have the change of NAME, one a line."""
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        row = experiment(session, org_id, name)
        if row.design != LAPTOPS or row.state == PLANNED:
            raise UsageError(f"“{name}” has drawn no lot.")
        for device_id in treated_laptops(session, org_id, name):
            click.echo(str(device_id))


@experiments_group.command("show")
@click.argument("name")
@data_option
@org_option
@plain_errors
def show_one(name: str, data: Path, org: str | None) -> None:
    """Print the plan of NAME and what it said, week by week."""
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        row = experiment(session, org_id, name)
        click.echo(f"{row.title} ({row.state}, {_length(row)})")
        click.echo(f"Hypothesis: {row.hypothesis}")
        click.echo(f"Measured: {row.measure}, {_who(row)}")
        for team in teams_of(session, org_id, name):
            click.echo(f"  {team.team}: {team.start_week or 'never'}")
        for line in _power(row):
            click.echo(line)
        for reading in readings_of(session, org_id, name):
            click.echo(_reading(row, reading))


@experiments_group.command("list")
@data_option
@org_option
@plain_errors
def list_all(data: Path, org: str | None) -> None:
    """List all experiments, the newest first."""
    with opened_store(data) as store, store.reading() as session:
        found = experiments(session, chosen_organisation(session, org).org_id)
        for row in found:
            click.echo(f"{row.name:<32} {row.state:<8} {row.measure:<12} {_length(row)}")
        if not found:
            click.echo("There is no experiment yet; plan one with: dex-server experiments plan", err=True)


@experiments_group.command("stop")
@click.argument("name")
@data_option
@org_option
@plain_errors
def stop_one(name: str, data: Path, org: str | None) -> None:
    """End NAME before its time; what was read stays."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        today: date = local_day(organisation, utc_now())
        end(session, organisation.org_id, name, today)
    click.echo(f"{name} has ended.", err=True)


def _length(row: ExperimentRow) -> str:
    return f"{row.weeks} weeks from {row.first_week}" if row.first_week else f"{row.weeks} weeks"


def _who(row: ExperimentRow) -> str:
    return "half of all people by lot" if row.design == LAPTOPS else "team after team"


def _power(row: ExperimentRow) -> Iterator[str]:
    if not row.power:
        yield "What could be found cannot be told: too few weeks were released, or too few people or teams."
    for weeks, points in row.power:
        yield f"After {weeks} weeks a difference of {points:.1f} points is found in four cases of five."


def _reading(row: ExperimentRow, found: ExperimentReadingRow) -> str:
    reading = reading_of(found, row.design == LAPTOPS)
    if reading.effect is None:
        return f"{reading.week}  {_SAYS[reading.says]}"
    interval = "" if reading.low is None else f" ({reading.low:+.1f} to {reading.high:+.1f})"
    lost = minutes_of(row.measure, reading)
    minutes = f", {lost.effect:+.1f} minutes lost an hour" if lost else ""
    arms = f"{reading.treated} with it, {reading.others} without"
    return f"{reading.week}  {reading.effect:+.1f} points{interval}{minutes}: {_SAYS[reading.says]}; {arms}"
