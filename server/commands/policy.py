"""`dex-server policy`: what laptops are asked for, within the agreement."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import click
from sqlalchemy.orm import Session

from server.agreement.queries import edition_in_force
from server.agreement.words import beyond
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.config import HOSTS, PUBLIC_URL, Settings
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.policy import entries
from server.policy.models import PolicyReferenceRow, PolicyServiceRow
from server.policy.queries import policy_of, settings_of
from server.policy.store import (
    add_reference,
    add_service,
    changing,
    list_applications,
    remove_named,
    set_address,
    set_numbers,
)
from server.web.hosts import is_ours, own_names

propose_option = click.option(
    "--propose", is_flag=True, help="Where it goes beyond the agreement: put it into the next draft."
)


@click.group("policy")
def policy_group() -> None:
    """What laptops are asked for, within the agreement."""


@policy_group.command("show")
@click.option("--json", "as_json", is_flag=True, help="As laptops get it, without the key of names.")
@data_option
@org_option
@plain_errors
def show(as_json: bool, data: Path, org: str | None) -> None:
    """Print what laptops are asked for, and what waits for a signature."""
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        document = policy_of(session, org_id, {}, Settings.load(data).backlog_pace)
        edition = edition_in_force(session, org_id)
        pending = "" if edition.ended else beyond(settings_of(session, org_id).asked, edition.bounds)
    document["sign_in"].pop("key", None)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    click.echo(f"agreement     {document['agreement']['hash']}: {document['agreement']['text']}")
    for title, rows in (("services", document["services"]), ("references", document["references"])):
        for row in rows or [{}]:
            address = row.get("url") or f"{row.get('host')}:{row.get('port')}"
            click.echo(f"{title:<13} {row['name'] + '  ' + address if row else 'none'}")
    click.echo(f"applications  {', '.join(document['applications'])}")
    pause, budget = document["pause"], document["budget"]
    hours = f"up to {pause['hours_most']:g} hours" if pause["allowed"] else "forbidden"
    click.echo(f"pause         {hours}")
    click.echo(f"budget        {budget['cpu_s_per_hour']:g} s of CPU per hour, {budget['rss_mib']:g} MiB")
    click.echo(f"backlog       {document['backlog']['batches_per_minute']:g} batches a minute")
    if document["sign_in"]:
        click.echo(f"sign-in       names, scrambled by key {document['sign_in']['number']}")
    if document["server"]:
        since = f" from {document['server']['from']} on" if document["server"]["from"] else ""
        click.echo(f"address       {document['server']['address']}{since}")
    if pending:
        click.echo(f"not agreed    {pending}")
        click.echo("Next: dex-server agreement draft")


@policy_group.group()
def services() -> None:
    """Business services that laptops try, at most ten."""


@services.command("add")
@click.argument("name")
@click.argument("address")
@propose_option
@data_option
@org_option
@plain_errors
def add_a_service(name: str, address: str, propose: bool, data: Path, org: str | None) -> None:
    """Try ADDRESS, which is https://… or host:port, and report it under NAME."""
    row = entries.service(name, address)
    with _changing(data, org, propose) as (session, org_id):
        add_service(session, org_id, row)


@services.command("remove")
@click.argument("name")
@data_option
@org_option
@plain_errors
def remove_a_service(name: str, data: Path, org: str | None) -> None:
    """Do not try the service NAME any more."""
    with _changing(data, org) as (session, org_id):
        remove_named(session, org_id, PolicyServiceRow, name)


@policy_group.group()
def references() -> None:
    """Computers to try the network with, beside the collector."""


@references.command("add")
@click.argument("name")
@click.argument("address")
@propose_option
@data_option
@org_option
@plain_errors
def add_a_reference(name: str, address: str, propose: bool, data: Path, org: str | None) -> None:
    """Try the network with ADDRESS, which is host:port."""
    row = entries.reference(name, address)
    with _changing(data, org, propose) as (session, org_id):
        add_reference(session, org_id, row)


@references.command("remove")
@click.argument("name")
@data_option
@org_option
@plain_errors
def remove_a_reference(name: str, data: Path, org: str | None) -> None:
    """Do not try the network with NAME any more."""
    with _changing(data, org) as (session, org_id):
        remove_named(session, org_id, PolicyReferenceRow, name)


@policy_group.group()
def applications() -> None:
    """Applications that are named; all others are “other”."""


@applications.command("add")
@click.argument("names", nargs=-1, required=True)
@propose_option
@data_option
@org_option
@plain_errors
def add_applications(names: tuple[str, ...], propose: bool, data: Path, org: str | None) -> None:
    """Name the executables NAMES."""
    plain = [entries.application(name) for name in names]
    with _changing(data, org, propose) as (session, org_id):
        list_applications(session, org_id, plain, listed=True)


@applications.command("remove")
@click.argument("names", nargs=-1, required=True)
@data_option
@org_option
@plain_errors
def remove_applications(names: tuple[str, ...], data: Path, org: str | None) -> None:
    """Count the executables NAMES as “other”."""
    with _changing(data, org) as (session, org_id):
        list_applications(session, org_id, names, listed=False)


@policy_group.group()
def pause() -> None:
    """Whether people may pause what is collected."""


@pause.command("allow")
@click.option("--hours", default=4, show_default=True, type=click.IntRange(1, 24), help="How long at most.")
@propose_option
@data_option
@org_option
@plain_errors
def allow_pause(hours: int, propose: bool, data: Path, org: str | None) -> None:
    """Let people pause for a while."""
    with _changing(data, org, propose) as (session, org_id):
        set_numbers(session, org_id, pause_hours=hours)


@pause.command("forbid")
@propose_option
@data_option
@org_option
@plain_errors
def forbid_pause(propose: bool, data: Path, org: str | None) -> None:
    """Let nobody pause."""
    with _changing(data, org, propose) as (session, org_id):
        set_numbers(session, org_id, pause_hours=0.0)


@policy_group.command("budget")
@click.option("--cpu", type=float, help="Seconds of processor time per hour.")
@click.option("--memory", type=float, help="MiB.")
@propose_option
@data_option
@org_option
@plain_errors
def set_budget(cpu: float | None, memory: float | None, propose: bool, data: Path, org: str | None) -> None:
    """What the agent may use; above it, it slows itself down."""
    if cpu is None and memory is None:
        raise UsageError("Give --cpu, --memory or both.")
    numbers = {}
    if cpu is not None:
        numbers["cpu_s_per_hour"] = entries.within(cpu, entries.CPU_BOUNDS, "--cpu")
    if memory is not None:
        numbers["rss_mib"] = entries.within(memory, entries.MEMORY_BOUNDS, "--memory")
    with _changing(data, org, propose) as (session, org_id):
        set_numbers(session, org_id, **numbers)


@policy_group.command("address")
@click.argument("address", required=False)
@click.option("--from", "day", type=click.DateTime(["%Y-%m-%d"]), help="The first day; else at once.")
@click.option("--stay", is_flag=True, help="The collector stays where it is.")
@propose_option
@data_option
@org_option
@plain_errors
def set_collector_address(
    address: str | None, day: datetime | None, stay: bool, propose: bool, data: Path, org: str | None
) -> None:
    """Laptops find their collector at ADDRESS, which is https://…, once it answers there."""
    if (address is None) != stay:
        raise UsageError("Give the address that laptops go to, or --stay.")
    plain = entries.collector(address) if address is not None else None
    with _changing(data, org, propose) as (session, org_id):
        set_address(session, org_id, plain, day.date() if day else None)
    if plain is not None:
        _warn_of_a_strange_name(plain, Settings.load(data))


def _warn_of_a_strange_name(address: str, settings: Settings) -> None:
    """A collector that does not know the name would refuse every laptop that comes under it."""
    host = urlsplit(address).hostname or ""
    if not is_ours(f"[{host}]" if ":" in host else host, own_names(settings)):
        click.echo(
            f"Mind: with the settings of this command, a collector does not answer under {host}. Name it in "
            f"{HOSTS} or {PUBLIC_URL} of the collectors that are reached there, before laptops go.",
            err=True,
        )


@contextmanager
def _changing(data: Path, org: str | None, propose: bool = False) -> Iterator[tuple[Session, UUID]]:
    """A change in one transaction; afterwards, whether laptops hear of it."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        org_id = organisation.org_id
        before = asdict(settings_of(session, org_id))
        with changing(session, org_id, propose):
            yield session, org_id
        after = asdict(settings_of(session, org_id))
        if changed := [name for name in after if after[name] != before[name]]:
            note(session, organisation, "policy changed", ", ".join(changed))
        agreed = edition_in_force(session, org_id).bounds
        waits = beyond(settings_of(session, org_id).asked, agreed)
    said = f"Waits for a signature: {waits}. Next: dex-server agreement draft" if waits else "Done."
    click.echo(said, err=True)
