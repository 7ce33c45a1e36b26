"""`dex-server score` and `dex-server explain`: release a week, show its scores, take a score apart."""

import sys
from pathlib import Path

import click

from server.check import check_file, exit_code
from server.clock import utc_now
from server.commands.adopt import adopted_lines
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.plain import iso_week
from server.commands.progress import shown_progress
from server.commands.what_if import model_of, model_option, what_if_lines
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.privacy.explain import explain as lines_of
from server.privacy.explain import matches
from server.privacy.model_versions import model_of_week
from server.privacy.recompute import what_if_of
from server.privacy.weekly import release_up_to
from server.privacy.window_queries import released_week
from server.privacy.window_queries import window as window_of_week
from server.privacy.windows import Block, Window
from server.scoring.size_class import size_class


@click.command()
@click.option(
    "--release", "release", metavar="YYYY-Www", help="Release this week, and missed ones before it."
)
@click.option("--check", "check", type=click.Path(path_type=Path), help="Hold a file of worked examples.")
@click.option("--week", metavar="YYYY-Www", help="Show this released week instead of the newest.")
@model_option
@click.option("--compare", is_flag=True, help="Show who would move under the other model, and why.")
@click.option("--adopt", is_flag=True, help="Decide that the other model holds from a week on.")
@click.option("--from", "from_week", metavar="YYYY-Www", help="The first week of an adopted model.")
@click.option("--reason", metavar="TEXT", help="Why it is adopted; everybody can read it.")
@click.option("--quiet", is_flag=True, help="Do not show how far a release is.")
@data_option
@org_option
@plain_errors
def score(
    release: str | None,
    check: Path | None,
    week: str | None,
    model: Path | None,
    compare: bool,
    adopt: bool,
    from_week: str | None,
    reason: str | None,
    quiet: bool,
    data: Path,
    org: str | None,
) -> None:
    """Show the scores of a released week; release one; or check the formulas against worked examples.

    With --model FILE --compare, put another score model beside the one in force. That changes nothing. With
    --adopt instead, that model holds from a week on that is not released yet. This is written down and cannot
    be taken back; only a later decision replaces it.

    With --check, one line per case; exit code 0 if all hold, 1 if one fails, 3 if the rest hold and some
    functions are not built.
    """
    if sum(option is not None for option in (release, check, week)) > 1:
        raise UsageError("Give one of --release, --check and --week.")
    if compare and adopt:
        raise UsageError("Give --compare or --adopt, not both.")
    if adopt and not (model and from_week and reason and not (check or release or week)):
        raise UsageError("--adopt needs --model, --from and --reason, and nothing else.")
    if not adopt and (from_week or reason):
        raise UsageError("--from and --reason belong to --adopt.")
    if not adopt and ((model is not None) != compare or (compare and (check or release))):
        raise UsageError("Give --model and --compare together, and of the others only --week.")
    if quiet and not release:
        raise UsageError("--quiet belongs to --release.")
    if adopt and model and from_week and reason:
        _adopt(model, iso_week(from_week), reason, data, org)
    elif model is not None:
        _compare(model, iso_week(week) if week else None, data, org)
    elif check is not None:
        _check(check)
    elif release is not None:
        _release(iso_week(release), quiet, data, org)
    else:
        _show(iso_week(week) if week else None, data, org)


@click.command()
@click.argument("group")
@click.argument("week")
@data_option
@org_option
@plain_errors
def explain(group: str, week: str, data: Path, org: str | None) -> None:
    """Take the score of GROUP in WEEK apart, to the last point.

    GROUP is a name as `dex-server score` shows it, such as team:Web, or Web if nothing else has that name.
    """
    with opened_store(data) as store, store.reading() as session:
        organisation = chosen_organisation(session, org)
        window = window_of_week(session, organisation.org_id, iso_week(week))
        for line in lines_of(window, _group(window, group)):
            click.echo(line)


def _check(file: Path) -> None:
    try:
        results = check_file(file)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    for result in results:
        click.echo(result.line())
    sys.exit(exit_code(results))


def _release(week: str, quiet: bool, data: Path, org: str | None) -> None:
    with opened_store(data) as store:
        with store.reading() as session:
            org_id = chosen_organisation(session, org).org_id
        for done in release_up_to(store, org_id, week, utc_now(), shown_progress(quiet)):
            click.echo(f"{done.release.week} {done.digest}")


def _compare(model: Path, week: str | None, data: Path, org: str | None) -> None:
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        then = released_week(session, org_id, week)
        other = model_of(model, model_of_week(session, org_id, then))
        found = what_if_of(session, org_id, then, other)
    for line in what_if_lines(found):
        click.echo(line)


def _adopt(model: Path, from_week: str, reason: str, data: Path, org: str | None) -> None:
    with opened_store(data) as store, store.transaction() as session:
        lines = list(adopted_lines(session, chosen_organisation(session, org), model, from_week, reason))
    for line in lines:
        click.echo(line)


def _show(week: str | None, data: Path, org: str | None) -> None:
    with opened_store(data) as store, store.reading() as session:
        window = window_of_week(session, chosen_organisation(session, org).org_id, week)
    click.echo(
        f"{window.week}: {len(window.weeks)} released weeks, {len(window.periods)} pulse periods", err=True
    )
    for block in window.blocks.values():
        if block.status != "modelled":
            click.echo(_line(block))


def _line(block: Block) -> str:
    if block.dex is None or block.n is None or block.technology is None:
        return f"{block.group}\t{block.status}"
    sentiment = f"{block.sentiment.value:.1f}" if block.sentiment is not None else "none"
    return (
        f"{block.group}\t{block.dex.value:.1f}\t{block.dex.low:.1f}..{block.dex.high:.1f}\t{block.dex.band}"
        f"\tT {block.technology.value:.1f}\tS {sentiment}\t{size_class(block.n)} people"
    )


def _group(window: Window, name: str) -> str:
    if name in window.blocks:
        return name
    found = matches(window, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"“{name}” may be {' or '.join(found)}; give the whole name.")
    raise UsageError(f"There is no group “{name}” in {window.week}; dex-server score lists them.")
