"""The store itself: bring it to the newest schema, check it, make its weeks."""

import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import make_url

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.retention import retention
from server.config import Settings
from server.db import Store
from server.errors import UsageError
from server.hold import UP_LOCK, held
from server.ingest.partitions import ensure_around, sizes
from server.ingest.refold import refold
from server.people.organisations import chosen_organisation
from server.privacy.restored import note_not_released, note_restored
from server.revisions import revisions
from server.upkeep.backup import backup, restore
from server.upkeep.check_store import complaints, description, hints
from server.upkeep.distribute import By, distribute
from server.upkeep.migrate import upgrade as upgrade_store
from server.upkeep.move import move

MIB = 2**20


@click.group("db")
def db() -> None:
    """The store."""


db.add_command(retention)


@db.command("upgrade")
@data_option
@plain_errors
def upgrade(data: Path) -> None:
    """Make the tables this version needs, all or none. Safe to repeat."""
    with opened_store(data) as store:
        before, _ = revisions(store)
        upgrade_store(store)
        ensure_around(store, utc_now().date())
        after, _ = revisions(store)
    click.echo(f"The store is at {after}" + (f", before {before}." if before != after else "."), err=True)


@db.command("check")
@data_option
@plain_errors
def check(data: Path) -> None:
    """Say what the store is, and whether it is whole: its tables, their weeks, and releases as they were
    made; exit code 1 if not."""
    with opened_store(data) as store:
        wrong = complaints(store, utc_now().date())
        for line in wrong + hints(store):
            click.echo(line, err=True)
        if wrong:
            sys.exit(1)
        found, _ = revisions(store)
        what = description(store)
    click.echo(f"The store is at {found}, as it should be; no release was changed. It is {what}.", err=True)


@db.command("partitions")
@data_option
@plain_errors
def list_partitions(data: Path) -> None:
    """Make the weeks that are missing and print all there are, with their room (none on SQLite)."""
    with opened_store(data) as store:
        if store.is_sqlite:
            click.echo("SQLite keeps all weeks in one table each.", err=True)
            return
        ensure_around(store, utc_now().date())
        with store.engine.connect() as connection:
            for name, size in sizes(connection):
                click.echo(f"{name} {size / MIB:.1f} MiB")


_day = click.DateTime(["%Y-%m-%d"])


@db.command("refold")
@click.option("--from", "low", type=_day, required=True, metavar="DAY", help="First day, as 2026-03-02.")
@click.option("--to", "high", type=_day, required=True, metavar="DAY", help="Last day; it is included.")
@data_option
@plain_errors
def refold_days(low: datetime, high: datetime, data: Path) -> None:
    """Make the rows of these days anew from the batches as laptops sent them. Safe to repeat and to end.

    Laptops may deliver meanwhile. Prints a fingerprint of the rows as they are now.
    """
    today = utc_now().date()
    with opened_store(data) as store:
        done = refold(store, low.date(), high.date(), today, lambda line: click.echo(line, err=True))
    if done.left:
        click.echo(
            f"Days of laptops that stay as they are, because their bytes are gone: {done.left}", err=True
        )
    same = "as before" if done.before == done.after else f"before {done.before.rows} rows {done.before}"
    click.echo(f"{done.after.rows} rows {done.after} from {done.batches} batches ({same})")


@db.command("move")
@click.option(
    "--to", "url", required=True, metavar="URL", help="An empty database, as postgresql://dex@db/dex."
)
@data_option
@plain_errors
def move_store(url: str, data: Path) -> None:
    """Copy the embedded store into an empty PostgreSQL and compare every row.

    End all collectors and workers first. Run it again if it was ended: it goes on where it was.
    """
    target = Store(url)
    with (
        held(data / UP_LOCK, f"dex-server up is running on {data}; end it first."),
        opened_store(data) as source,
        closing(target),
    ):
        total = move(source, target, lambda line: click.echo(line, err=True))
    click.echo(f"{total.rows} rows {total} on both sides")
    click.echo("Name the new store from now on: DEX_DATABASE_URL. The embedded one is as it was.", err=True)


@db.command("distribute")
@click.option(
    "--by",
    type=click.Choice(["org", "device"]),
    required=True,
    help="org: each organisation whole on one machine; device: each laptop.",
)
@data_option
@plain_errors
def distribute_store(by: By, data: Path) -> None:
    """Spread the tables over the machines of a Citus cluster and compare every row.

    Laptops are told to come back while a large table is spread. Run it again if it was ended: it goes on
    where it was.
    """
    with opened_store(data) as store:
        total = distribute(store, by, lambda line: click.echo(line, err=True))
    click.echo(f"{total.rows} rows {total}")


@db.command("backup")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@plain_errors
def backup_store(target: Path, data: Path) -> None:
    """Copy the embedded store, while it is in use, to the new file TARGET, and print its fingerprint."""
    with opened_store(data) as store:
        digest = backup(store, target)
    click.echo(f"{digest.rows} rows {digest}")
    click.echo(f"{target} holds the whole store; keep it as safe as the store itself.", err=True)


@db.command("restore")
@click.argument("copy", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--digest", default="", help="The fingerprint that the backup printed; another is refused.")
@data_option
@plain_errors
def restore_store(copy: Path, digest: str, data: Path) -> None:
    """Make the embedded store of an empty data directory from the COPY that a backup wrote, check it, and
    leave out what may have been released since the copy was taken."""
    url = make_url(Settings.load(data).database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise UsageError("A copy becomes an embedded store, which dex-server db move takes to PostgreSQL.")
    left_out: list[str] = []
    with held(data / UP_LOCK, f"dex-server up is running on {data}; end it first."):
        found = restore(copy, Path(url.database), digest, lambda file: left_out.extend(_made_ready(file)))
    click.echo(f"{found.rows} rows {found}")
    click.echo("The store is restored, whole, and at this version.", err=True)
    _say_what_is_left_out(left_out)


def _made_ready(file: Path) -> list[str]:
    """What is left out of a copy that becomes a store of this version."""
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade_store(store)
        return note_restored(store, utc_now())


@db.command("restored")
@data_option
@plain_errors
def note_a_restored_store(data: Path) -> None:
    """After PostgreSQL was restored from a copy (pg_restore, a snapshot, an earlier moment), and before a
    worker runs on it: leave out what may have been released since that copy was taken. Safe to repeat.

    What is released twice, from other data, can be told apart to single people. `db restore` does the same.
    """
    with opened_store(data) as store:
        _say_what_is_left_out(note_restored(store, utc_now()))


def _say_what_is_left_out(names: Sequence[str]) -> None:
    if not names:
        click.echo("The copy lacks no release that could have been made.", err=True)
        return
    click.echo("Not released, because they may have been since the copy was taken:", err=True)
    for line in names:
        click.echo(line)
    click.echo("Of what you know was not: dex-server db not-released WEEK", err=True)


@db.command("not-released")
@click.argument("names", nargs=-1, required=True, metavar="WEEK_OR_PERIOD...")
@data_option
@org_option
@plain_errors
def note_not_released_before(names: Sequence[str], data: Path, org: str | None) -> None:
    """Say of weeks (2026-W10) and pulse periods (2026-P03) left out of a restored store that they were not
    released before. They are as any other again; a week before the last released one stays left out."""
    with opened_store(data) as store, store.transaction() as session:
        org_id = chosen_organisation(session, org).org_id
        for name in names:
            note_not_released(session, org_id, name)
    click.echo("Done.", err=True)
