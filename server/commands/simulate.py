"""`dex-server simulate`: how the collector bears a fleet."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from server.access.roles import Grant, Role
from server.clock import utc_now
from server.commands.context import data_option, opened_store, plain_errors
from server.config import Settings
from server.db import Store
from server.demo.remove import remove_organisation
from server.devices.store import create_enrolment_key
from server.errors import UsageError
from server.ingest.own_page import batches, days, laptops_of
from server.people.organisations import create_organisation, org_id_of
from server.simulate import MOST_DAYS, MOST_DEVICES, MOST_RATE, Plan, Tally
from server.simulate import simulate as run

SIMULATED = "simulated"
"""The organisation of laptops that do not exist; it is gone when the command ends."""


@click.command()
@click.option("--devices", type=click.IntRange(1, MOST_DEVICES), default=20, show_default=True)
@click.option(
    "--days", "day_count", type=click.IntRange(1, MOST_DAYS), default=5, show_default=True, help="Each sends."
)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, MOST_RATE),
    default=20.0,
    show_default=True,
    help="Batches a second, at most.",
)
@click.option("--server", help="Default: where the collector of the data directory listened last.")
@click.option(
    "--key", help="Enrolment key. Default: one for an organisation of their own in the store of --data."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed sends the same days.")
@data_option
@plain_errors
def simulate(
    devices: int, day_count: int, rate: float, server: str | None, key: str | None, seed: int, data: Path
) -> None:
    """Drive a running collector with laptops that do not exist.

    They enrol and send their days, some of them twice. Exit code 0 only if every batch was acknowledged and,
    without --key, is found in the store exactly once; then everything of theirs is deleted again. With --key,
    laptops and days stay where the key lets them in.
    """
    plan = Plan(devices, day_count, rate, seed)
    address = server or Settings.load(data).public_url
    today = utc_now().date()
    if key is not None:
        tally = run(address, key, plan, today)
        missing = 0
    else:
        with opened_store(data) as store, _own_organisation(store, today) as own_key:
            tally = run(address, own_key, plan, today)
            with store.reading() as session:
                missing = _not_found(session, tally)
    _report(tally, plan)
    if key is None:
        click.echo(f"not found in the store: {missing}")
    if missing or tally.errors or tally.batches < devices * day_count:
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


def _not_found(session: Session, tally: Tally) -> int:
    """How many acknowledged batches are not in the store, or not once, or have no day there."""
    return sum(_missing_of(session, device_id, sent) for device_id, sent in tally.acknowledged.items())


def _missing_of(session: Session, device_id: UUID, sent: set[UUID]) -> int:
    """Read as the owner of this laptop would see it."""
    grant = Grant(org_id_of(SIMULATED), Role.EMPLOYEE, device_id=device_id)
    kept: Counter[UUID] = Counter()
    with_days = 0
    for laptop in laptops_of(session, grant):
        kept.update(row["batch_id"] for row in batches(session, laptop, most=2 * len(sent)))
        with_days += len(days(session, laptop, date.min))
    once = sum(kept[batch_id] == 1 for batch_id in sent)
    return len(sent) - min(once, with_days)


def _report(tally: Tally, plan: Plan) -> None:
    if not tally.enrolled and not tally.batches:
        raise UsageError(f"No laptop could enrol: {', '.join(tally.errors) or 'no answer'}.")
    click.echo(f"laptops enrolled: {len(tally.enrolled)} of {plan.devices}")
    click.echo(f"batches acknowledged: {tally.batches} of {plan.devices * plan.days}")
    click.echo(
        f"answers lost on purpose: {tally.lost_answers}, sent again: {tally.repeats},"
        f" tries after trouble: {tally.retries}"
    )
    if tally.took > 0:
        click.echo(f"batches a second: {tally.batches / tally.took:.1f} of {plan.rate:g}")
    shares = " ".join(f"p{share} {tally.percentile(share / 100) * 1000:.0f}" for share in (50, 90, 99, 100))
    click.echo(f"latency, ms from when it was due: {shares}")
    errors = ", ".join(f"{count} x {what}" for what, count in tally.errors.most_common())
    click.echo(f"errors: {errors or 'none'}")
