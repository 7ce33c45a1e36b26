"""`dex-server devices health`: how the fleet is doing, in counts."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from agent.signals import COVERAGE_STATES
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.drops import Reason
from server.fleet.counts import FleetCounts, Named
from server.fleet.job import count_fleet
from server.fleet.queries import FleetHealth, newest_count
from server.fleet.words import CONTACT, REASONS, SYSTEMS
from server.people.organisations import chosen_organisation, local_day

UNSAID = "not said"


@click.command("health")
@click.option("--now", "anew", is_flag=True, help="Count anew; else the count of the day is shown.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@org_option
@data_option
@plain_errors
def health(anew: bool, as_json: bool, org: str | None, data: Path) -> None:
    """Print how many laptops there are, what they are, what is seen of them and what was left out."""
    with opened_store(data) as store:
        with store.reading() as session:
            organisation = chosen_organisation(session, org)
            found = None if anew else newest_count(session, organisation.org_id)
        if found is None:
            found = count_fleet(store, organisation.org_id, local_day(organisation, utc_now()))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        click.echo("\n".join(_lines(found)))


def _lines(found: FleetHealth) -> Iterator[str]:
    counts = found.counts
    if not counts.active and not counts.retired:
        yield f"No laptop was let in when this was counted, on {found.counted_on}. To count anew: --now"
        yield "To let one in: dex-server enroll-key create"
        return
    yield (
        f"{counts.active} laptops may send; {counts.heard} told of a day in the four weeks before "
        f"{found.counted_on}."
    )
    yield f"{counts.new} were let in within the last week, {counts.retired} are retired."
    for name, words in CONTACT.items():
        if number := getattr(counts, name):
            yield f"{words.name}: {number}. {words.advice}"
    for title, named, rest in (
        ("system", [Named(SYSTEMS.get(one.name, one.name), one.laptops) for one in counts.systems], 0),
        ("model", counts.models, counts.other_models),
        ("agent", counts.agents, counts.other_agents),
    ):
        if named:
            yield ""
            yield from _table([(title, "laptops"), *_rows(named, rest)])
    yield from _coverage(counts)
    yield ""
    if not counts.drops:
        yield "Nothing was left out of their batches in the last four weeks."
        return
    head = ("left out", "field", "laptops", "values")
    rows = [(drop.reason, drop.field, str(drop.laptops), str(drop.values)) for drop in counts.drops]
    yield from _table([head, *rows])
    yield ""
    for reason in dict.fromkeys(drop.reason for drop in counts.drops):
        words = REASONS[Reason(reason)]
        yield f"{reason}: {words.name}. {words.advice}"


def _rows(named: Iterable[Named], rest: int) -> Iterator[tuple[str, str]]:
    yield from ((one.name or UNSAID, str(one.laptops)) for one in named)
    if rest:
        yield ("others", str(rest))


def _coverage(counts: FleetCounts) -> Iterator[str]:
    for system, sources in counts.coverage.items():
        yield ""
        head = (f"source on {SYSTEMS.get(system, system or UNSAID)}", *COVERAGE_STATES)
        rows = [
            (name, *(str(states.get(state, 0)) for state in COVERAGE_STATES))
            for name, states in sources.items()
        ]
        yield from _table([head, *rows])


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Columns under each other, numbers to the right."""
    head, *kept = rows
    columns = list(zip(head, *kept, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numbers = [all(cell.isdigit() for cell in column[1:]) for column in columns]
    for row in (head, *kept):
        cells = zip(row, widths, numbers, strict=True)
        yield "  ".join(
            cell.rjust(width) if number else cell.ljust(width) for cell, width, number in cells
        ).rstrip()
