"""`dex-server simulate`: how the collector bears a fleet, and whether it keeps just what it acknowledged."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
import msgspec

from server.clock import utc_now
from server.commands.context import data_option, opened_store, plain_errors
from server.config import Settings
from server.db import Store
from server.demo.remove import remove_organisation
from server.devices.store import create_enrolment_key
from server.errors import UsageError
from server.people.organisations import create_organisation, org_id_of
from server.simulator import plan as bounds
from server.simulator.batches import not_acknowledged
from server.simulator.fleet import make_fleet
from server.simulator.known import make_known
from server.simulator.plan import Plan
from server.simulator.report import figures, lines
from server.simulator.run import run
from server.simulator.trouble import PROFILES
from server.simulator.verify import verify

SIMULATED = "simulated"
"""The organisation of laptops that do not exist; it is gone when the command ends."""


@click.command()
@click.option("--devices", type=click.IntRange(1, bounds.MOST_DEVICES), default=20, show_default=True)
@click.option(
    "--days",
    type=click.IntRange(1, bounds.MOST_DAYS),
    default=5,
    show_default=True,
    help="The last so many from Monday to Friday.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, bounds.MOST_RATE),
    default=20.0,
    show_default=True,
    help="Batches a second, at most.",
)
@click.option(
    "--trouble",
    type=click.Choice(list(PROFILES)),
    default="usual",
    show_default=True,
    help="Lost answers, repeats, days offline, wrong clocks, copied disks, crash bursts.",
)
@click.option(
    "--returning",
    is_flag=True,
    help="All but one in twenty were away all days and are back at once; --rate is that of the others.",
)
@click.option(
    "--compress",
    type=click.FloatRange(1, 1000),
    default=60.0,
    show_default=True,
    help="Laptops wait so many times shorter than real ones.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, bounds.MOST_CONNECTIONS),
    default=16,
    show_default=True,
    help="Laptops that speak at the same time.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.01, bounds.MOST_MINUTES),
    default=30.0,
    show_default=True,
    help="The run ends then, whatever is left.",
)
@click.option("--server", help="Default: where the collector of the data directory listened last.")
@click.option(
    "--key", help="Enrolment key. Default: one for an organisation of their own in the store of --data."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed sends the same days.")
@click.option("--json", "as_json", is_flag=True, help="The result for a machine.")
@data_option
@plain_errors
def simulate(
    devices: int,
    days: int,
    rate: float,
    trouble: str,
    returning: bool,
    compress: float,
    connections: int,
    minutes: float,
    server: str | None,
    key: str | None,
    seed: int,
    as_json: bool,
    data: Path,
) -> None:
    """Drive a running collector with laptops that do not exist.

    They enrol and send their days as real ones do, with real ones' troubles. Exit code 0 only if every batch
    was acknowledged, or refused for a date that nobody takes, and, without --key, the store holds exactly
    that; then everything of theirs is deleted again. With --key, laptops and days stay where the key lets
    them in.
    """
    today = utc_now().date()
    plan = Plan(
        devices, days, rate, seed, PROFILES[trouble], today, returning, compress, connections, minutes
    )
    address = server or Settings.load(data).public_url
    fleet = make_fleet(plan)
    verified = None
    if key is not None:
        tally = run(address, key, plan, fleet)
    else:
        with opened_store(data) as store, _own_organisation(store, today) as own_key:
            if returning:
                make_known(store, org_id_of(SIMULATED), fleet, today)
            tally = run(address, own_key, plan, fleet)
            if fleet.laptops:
                verified = verify(store, org_id_of(SIMULATED), plan, fleet)
    if not fleet.laptops:
        raise UsageError(f"No laptop could enrol: {', '.join(tally.errors) or 'no answer'}.")
    unsent = not_acknowledged(plan, fleet)
    found = figures(plan, fleet, unsent, tally, verified)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for line in lines(found):
            click.echo(line)
    if unsent or tally.errors or fleet.enrolled < devices or (verified is not None and verified.differences):
        sys.exit(1)


@contextmanager
def _own_organisation(store: Store, today: date) -> Iterator[str]:
    """An organisation for the length of a run; its enrolment key."""
    org_id = org_id_of(SIMULATED)
    remove_organisation(store, org_id)  # what a run left that was killed
    try:
        with store.transaction() as session:
            create_organisation(session, SIMULATED, "Simulated laptops", today, demo=True)
            key = create_enrolment_key(session, org_id, today, SIMULATED, days=1)
        yield key
    finally:
        remove_organisation(store, org_id)
