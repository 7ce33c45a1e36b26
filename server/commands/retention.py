"""`dex-server db retention`: what is kept how long, and what goes now."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from server.agreement.editions import check_kept
from server.agreement.queries import edition_in_force
from server.clock import utc_now
from server.commands.context import data_option, opened_store, plain_errors
from server.commands.noting import note
from server.db import Store
from server.errors import UsageError
from server.people.organisations import organisations
from server.terms import TERMS, Terms, check_term, choose_term, terms_in_force
from server.upkeep.retention import Ended, sweep
from server.upkeep.retention_rules import STAYS


@click.command("retention")
@click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")
@click.option("--terms", "only_terms", is_flag=True, help="Print the terms and their bounds alone.")
@click.option(
    "--keep",
    "chosen",
    multiple=True,
    metavar="TERM=LENGTH",
    help="Choose another length for a term, as rows=60. Nothing is deleted until the next run.",
)
@data_option
@plain_errors
def retention(dry_run: bool, only_terms: bool, chosen: tuple[str, ...], data: Path) -> None:
    """Delete what is older than its term, as the daily job does, and print what went of each table."""
    with opened_store(data) as store:
        if chosen:
            _choose(store, chosen)
        with store.reading() as session:
            terms = terms_in_force(session)
        if chosen or only_terms:
            click.echo("\n".join(_terms(terms)))
            return
        ended = sweep(store, utc_now().date(), dry_run)
    click.echo("\n".join(_lines(ended, dry_run)))


def _choose(store: Store, chosen: Sequence[str]) -> None:
    """First in the log of every organisation, each in a transaction of its own, and then the terms."""
    choices = [_choice(text) for text in chosen]
    for name, length in choices:
        check_term(name, length)
    with store.reading() as session:
        known = organisations(session)
    with store.reading() as session:
        for organisation in known:
            for name, length in choices:
                check_kept(edition_in_force(session, organisation.org_id), name, length)
    for organisation in known:
        with store.transaction() as session:
            note(session, organisation, "retention changed", " ".join(chosen))
    with store.transaction() as session:
        for name, length in choices:
            choose_term(session, name, length)


def _choice(text: str) -> tuple[str, int]:
    name, _, length = text.partition("=")
    if not length.isdigit():
        raise UsageError(f"“{text}” is no term with its length; write it as rows=60.")
    return name, int(length)


def _terms(terms: Terms) -> Iterator[str]:
    yield "term          kept       may be"
    for term in TERMS:
        yield f"{term.name:<12}  {terms.words(term.name):<9}  {term.least} to {term.most} {term.unit}"


def _lines(ended: Sequence[Ended], dry: bool) -> Iterator[str]:
    width = max(len(one.table) for one in ended)
    kept_width = max(len(one.kept) for one in ended)
    gone = "would go" if dry else "went"
    yield f"{sum(one.count for one in ended)} {gone}."
    yield ""
    yield f"{'table':<{width}}  {'kept':<{kept_width}}  {gone}"
    for one in sorted(ended, key=lambda one: one.table):
        count = f"{one.count} {one.unit}"
        yield f"{one.table:<{width}}  {one.kept:<{kept_width}}  {count:<10}  {one.says}"
    yield ""
    for table, reason in sorted(STAYS.items()):
        yield f"{table:<{width}}  stays: {reason}"
