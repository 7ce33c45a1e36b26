"""`dex-server groups preview`: who would see what of their group, before anything is rolled out."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.people import count_of, file_content, report, say
from server.commands.people_import import chosen_profile
from server.commands.plain import iso_week, plain_errors
from server.errors import UsageError
from server.people.csv_import import read_people
from server.people.groups import LEAST
from server.people.profile import PLAIN
from server.people.weeks import monday_of, week_of
from server.privacy.preview import COMPANY_ONLY, LEVELS, MERGED, NOTHING, OWN, UNIT, Group, Preview, preview
from server.scoring.parameters import K

_SEES = {
    OWN: "an own team",
    MERGED: "a team joined with others, because it is small",
    UNIT: "only the unit",
    COMPANY_ONLY: "only the company as a whole",
    NOTHING: "nothing, because there are too few in all",
}


@click.group("groups")
def groups() -> None:
    """Reporting groups: what people see of their team."""


@groups.command("preview")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--week",
    metavar="YYYY-Www",
    help="The week of the roll-out, on whose Monday groups are fixed. Default: this.",
)
@click.option(
    "--least",
    type=click.IntRange(7),
    default=LEAST,
    show_default=True,
    help="People that a group has at least.",
)
@click.option(
    "--k",
    "k",
    type=click.IntRange(5),
    default=K,
    show_default=True,
    help="People from whom a number is shown.",
)
@click.option("--profile", default=PLAIN.name, metavar="NAME|FILE", help="How to read it: people profiles.")
@plain_errors
def preview_command(file: Path, week: str | None, least: int, k: int, profile: str) -> None:
    """Tell from FILE, the CSV that people import takes, who would see an own team, a joined one, or nothing.

    Needs no store and keeps nothing. A file with a fault is refused with exit code 1.
    """
    if least < k + 2:
        raise UsageError(f"--least must be at least --k and 2 more, here {k + 2}.")
    chosen = iso_week(week) if week is not None else week_of(utc_now().date())
    read = read_people(file_content(file), chosen_profile(profile))
    report("Noted", [str(note) for note in read.notes])
    report("Refused", [str(fault) for fault in read.faults])
    if read.faults:
        say(f"Nothing can be told yet: {count_of(len(read.faults), 'fault')}. Correct them first.")
        sys.exit(1)
    seen = preview(read, chosen, least, k)
    if not seen.people:
        raise UsageError(f"{file} names nobody who works here in {chosen}.")
    for line in _words(seen, k):
        click.echo(line)


def _words(seen: Preview, k: int) -> Iterator[str]:
    away = seen.people - seen.present
    yield (
        f"{seen.week}: {count_of(seen.people, 'person', 'people')}, {away} of them away; "
        f"groups as of {monday_of(seen.week)}."
    )
    for level in LEVELS:
        found = seen.at(level)
        if found:
            number = sum(group.people for group in found)
            share = f"{number / seen.people:.0%}"
            yield f"Who sees {_SEES[level]}: {count_of(number, 'person', 'people')} ({share})"
            yield from (f"  {_named(group, k)}" for group in found)
    for shown, words in ((True, "Stages that are shown"), (False, "Stages that are hidden")):
        stages = [f"{name} {n}" for name, (n, is_shown) in seen.stages.items() if is_shown == shown]
        if stages:
            yield f"{words}: {', '.join(stages)}."
    yield (
        f"This is the best case: a group is hidden in a week in which fewer than {k} of its people use their "
        "laptops."
    )


def _named(group: Group, k: int) -> str:
    """One group with its size, and what it is made of or why it is not shown."""
    if not group.name:
        return f"no team{f' in {group.unit}' if group.unit else ''}: {group.people}"
    text = f"{group.name} ({group.unit}): {group.people}"
    if len(group.teams) > 1:
        text += " = " + ", ".join(f"{team} {n}" for team, n in sorted(group.teams.items()))
    if group.level not in (OWN, MERGED):
        few = f"fewer than {k} are at work" if group.present < k else "it would give away people beside it"
        text += f"; hidden because {few}"
    return text
