"""`dex-server equipment`: which versions, models and places stand out, in released numbers."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import msgspec

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.privacy.equipment_results import equipment_of
from server.privacy.equipment_shapes import (
    Equipment,
    EquipmentGroup,
    EquipmentSignal,
    RateInterval,
    RateSince,
    RatioInterval,
)
from server.privacy.equipment_store import broken_equipment_days


@click.command()
@click.argument("signal", required=False)
@click.argument("app", required=False, default="")
@click.option("--day", metavar="YYYY-MM-DD", help="The picture of this released day instead of the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--verify", is_flag=True, help="Hold all released days against their digests instead.")
@org_option
@data_option
@plain_errors
def equipment(
    signal: str | None, app: str, day: str | None, as_json: bool, verify: bool, org: str | None, data: Path
) -> None:
    """Show what stands out: by version of an application, by place and connection, by model and system.

    With SIGNAL, such as boot or latency, or crash with APP, show all groups of it. Numbers are those of the
    page Equipment: sums of 14 released days, at least 10 laptops behind each.

    With --verify, exit code 1 if a day was changed after its release.
    """
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        if verify:
            broken = broken_equipment_days(session, org_id)
            for changed in broken:
                click.echo(f"{changed}: changed after its release")
            sys.exit(1 if broken else 0)
        series = (signal, app) if signal else None
        found = equipment_of(session, org_id, _day(day), series)
    if signal and not found.signals:
        raise UsageError(f"Nothing is released of {signal} {app}".rstrip() + " in these days.")
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        click.echo("\n".join(_lines(found, whole=signal is not None)))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"“{text}” is no day such as 2026-03-04.") from error


def _lines(found: Equipment, whole: bool) -> Iterator[str]:
    yield f"{found.first} to {found.last}"
    for signal in found.signals:
        yield from _signal_lines(signal, whole)


def _signal_lines(signal: EquipmentSignal, whole: bool) -> Iterator[str]:
    name = f"{signal.signal} {signal.app}".rstrip()
    yield f"{name}: {_interval(signal.rate)} {signal.unit}, {signal.laptops} laptops"
    if signal.since:
        yield f"  {_since(signal.since)}"
    for dimension in signal.dimensions:
        for group in dimension.groups:
            if whole or group.stands_out == "more":
                yield f"  {dimension.name} {group.name}: {_group(group)}"


def _group(group: EquipmentGroup) -> str:
    said = [f"{_interval(group.rate)}, {group.laptops} laptops"]
    if group.ratio:
        said.append(_ratio(group.ratio))
    if group.stands_out != "no":
        said.append(f"clearly {group.stands_out}")
    if group.since:
        said.append(_since(group.since))
    return "; ".join(said)


def _interval(found: RateInterval) -> str:
    return f"{found.value:g} ({found.low:g}..{found.high:g})"


def _ratio(found: RatioInterval) -> str:
    if found.value is None:
        return f"at least {found.low:g} times the others, which had almost none"
    high = "" if found.high is None else f"{found.high:g}"
    return f"{found.value:g} times the others ({found.low:g}..{high})"


def _since(found: RateSince) -> str:
    with_ = f", began with {', '.join(found.began_with)}" if found.began_with else ""
    return (
        f"{found.before:g} before, {found.after:g} since {found.day} "
        f"({found.earliest} to {found.latest}){with_}"
    )
