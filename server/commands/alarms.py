"""`dex-server alarms`: what got worse."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.people.organisations import chosen_organisation
from server.privacy.alarms import About, Alarms, published_alarms


@click.command("alarms")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@org_option
@data_option
@plain_errors
def alarms_command(as_json: bool, org: str | None, data: Path) -> None:
    """Print which alarms are open and which are over, the newest first, as the page Alarms has them."""
    with opened_store(data) as store, store.reading() as session:
        found = published_alarms(session, chosen_organisation(session, org).org_id)
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(_lines(found)))


def _lines(found: Alarms) -> Iterator[str]:
    if found.looked_until is None:
        yield "No day has been looked at yet; the job watch_days does it in the afternoon after a day."
        return
    yield f"Days until {found.looked_until} were looked at; {len(found.open)} alarms are open."
    for alarm in (*found.open, *found.over):
        seen = f", looked into since {alarm.seen_on}" if alarm.seen_on else ""
        over = f"usual since {alarm.ended_on}" if alarm.lasting else f"over since {alarm.ended_on}"
        state = over if alarm.ended_on else f"open{seen}"
        about = "; ".join(_about(one) for one in alarm.about)
        yield f"{alarm.signal} since {alarm.start}, found in {alarm.day}, {state}: {about}"


def _about(one: About) -> str:
    return f"{one.item} {one.version}".strip() + (": " if one.item else "") + f"{one.laptops} laptops"
