"""`dex-server recompute`: scores made anew from the stored releases, held against what pages show."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.people import count_of, say
from server.commands.plain import iso_week
from server.commands.what_if import model_of, model_option
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.privacy.model_versions import model_of_week
from server.privacy.recompute import recompute
from server.privacy.release_chain import broken_releases
from server.privacy.release_store import release_digests
from server.privacy.window_queries import released_week, window


@click.command("recompute")
@click.argument("week", required=False)
@click.option("--all", "every", is_flag=True, help="Every released week.")
@model_option
@click.option("--full", is_flag=True, help="Print the scores themselves, one line of JSON for each week.")
@data_option
@org_option
@plain_errors
def recompute_command(
    week: str | None, every: bool, model: Path | None, full: bool, data: Path, org: str | None
) -> None:
    """Make the scores of WEEK (default: the newest) anew from the stored releases alone.

    Prints for each week the model, the digest of its release and the digest of its scores; the same bytes at
    every run and on both databases. Exit code 1 if a released number was changed after its release (then
    nothing is computed), or if pages show other scores. With --model under another model; then nothing is
    held against pages.
    """
    if week is not None and every:
        raise UsageError("Give a week or --all, not both.")
    wanted = iso_week(week) if week is not None else None
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        released = release_digests(session, org_id)
        one = released_week(session, org_id, wanted)
        other = None if model is None else model_of(model, model_of_week(session, org_id, one))
        weeks = list(released) if every else [one]
        _end_if_changed(broken_releases(session, org_id))
        differing = []
        for made in recompute(session, org_id, weeks, other):
            then = made.window.week
            line = f"{then}\t{made.window.model.name}\trelease {released[then]}\tscores {made.digest}"
            click.echo(made.canonical if full else line)
            if model is None and window(session, org_id, then) != made.window:
                differing.append(then)
    if other is not None:
        say(f"{count_of(len(weeks), 'week')} computed under {other.name}, which is not in force.")
    else:
        _tell(len(weeks), differing)


def _end_if_changed(broken: Sequence[str]) -> None:
    if broken:
        say(f"Numbers were changed after their release: {', '.join(broken)}. Nothing was recomputed.")
        sys.exit(1)


def _tell(weeks: int, differing: Sequence[str]) -> None:
    if differing:
        say(f"Pages show other scores in {', '.join(differing)}.")
        sys.exit(1)
    say(f"{count_of(weeks, 'week')} recomputed; pages show the same, and no released number was changed.")
