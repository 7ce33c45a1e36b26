"""Rows made anew from the batches as they were sent are those that the way in had made."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import factories
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server.cli import main
from server.clock import utc_now
from server.db import Store
from server.digests import NOTHING, Digest, digest_of
from server.errors import UsageError
from server.ingest import refold as refold_module
from server.ingest.models import DAY_TABLES, app_day, device_day, event, raw_batch, service_day
from server.ingest.partitions import ensure_around
from server.ingest.payload import parse_batch
from server.ingest.refold import kept_whole_since, refold
from server.ingest.store import Delivery, Outcome, keep
from server.ingest.writer import Writer
from server.upkeep.retention import retention

TODAY = date(2026, 3, 4)
FIRST = TODAY - timedelta(days=9)
DERIVED = (device_day, app_day, service_day, event)


@pytest.fixture
def fleet(store: Store, org) -> list[factories.EnrolledDevice]:
    """Three laptops with three editions of ten days, events that come twice, and fields that are dropped."""
    ensure_around(store, TODAY)
    with store.transaction() as session:
        laptops = [factories.enrol_device(session, org.org_id, TODAY) for _ in range(3)]
    seq = 0
    for back in range(10):
        day = TODAY - timedelta(days=back)
        for revision in (2, 1, 3):  # the newest is neither the first nor always alone
            seq += 1
            received = min(TODAY, day + timedelta(days=revision))
            deliver(store, received, [batch(laptop, seq, day, revision) for laptop in laptops])
    return laptops


def batch(laptop: factories.EnrolledDevice, seq: int, day: date, revision: int) -> Delivery:
    apps = [{"name": f"app{n}", "version": "1", "hours": 0.5, "crashes": n} for n in range(revision)]
    services = [{"name": "Mail", "checks": 9, "failures": {"slow": revision}}]
    summary = factories.summary(
        revision=revision, apps=apps, services=services, boot_list_s=[25.0, None], unheard_of=1
    )
    crash = factories.event(app="app1", detail={"program": "x"}) | {"event_id": same_event(day)}
    events = [crash] if revision == 2 or (revision == 1 and day.day % 2) else []
    body = factories.packed(factories.batch(laptop, seq, day, summary=summary, events=events))
    return Delivery(laptop.org_id, laptop.device_id, parse_batch(factories.unpacked(body)).batch, body)


def same_event(day: date) -> str:
    return f"00000000-0000-4000-8000-{day:%Y%m%d}0000"


def deliver(store: Store, today: date, deliveries: list[Delivery]) -> None:
    with store.engine.begin() as connection:
        keep(connection, deliveries[0].org_id, deliveries, today)


def rows(store: Store) -> Digest:
    with store.engine.connect() as connection:
        return sum((digest_of(connection, table) for table in DERIVED), NOTHING)


def change(store: Store, statement: sa.Executable) -> None:
    with store.transaction() as session:
        session.execute(statement, execution_options={"without_org": "damages the store on purpose"})


def silently(_line: str) -> None:
    pass


@pytest.mark.parametrize("at_once", [1, 50])
def test_whatever_was_damaged_is_as_it_was(store: Store, fleet, monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(refold_module, "LAPTOPS_AT_ONCE", at_once)
    monkeypatch.setattr(refold_module, "BODIES_AT_ONCE", at_once)
    before = rows(store)
    assert before.rows == 30 + 90 + 30 + 30
    change(store, sa.update(device_day).values(revision=9, cpu_min=999.0))
    change(store, sa.delete(app_day).where(app_day.c.app == "app1"))
    change(store, sa.delete(service_day))
    change(store, sa.update(event).values(kind="oom"))
    forged = {**factories.day_row(fleet[0], FIRST), "org_id": fleet[0].org_id, "device_id": fleet[1].org_id}
    change(store, sa.insert(device_day).values(forged))
    assert rows(store) != before
    lines: list[str] = []
    done = refold(store, FIRST, TODAY, TODAY, lines.append)
    assert rows(store) == done.after == before
    assert (done.batches, done.left) == (75, 0)  # the bytes of 15 went, whose rows the next edition replaced
    assert [line.split(":")[0] for line in lines] == ["main 2026-W09", "main 2026-W10"]
    again = refold(store, FIRST, TODAY, TODAY, silently)
    assert again.before == again.after == before


def test_laptops_may_deliver_meanwhile(store: Store, fleet, clock, monkeypatch) -> None:
    monkeypatch.setattr(refold_module, "LAPTOPS_AT_ONCE", 1)
    writer = Writer(store, clock)
    stop = threading.Event()

    def send(laptop: factories.EnrolledDevice) -> int:
        sent = 0
        while not stop.is_set():
            sent += 1
            day = TODAY - timedelta(days=sent % 10)
            outcome = writer.submit(batch(laptop, 100 + sent, day, revision=3 + sent)).result(30)
            assert outcome is Outcome.KEPT
        return sent

    with ThreadPoolExecutor(len(fleet)) as pool:
        sending = [pool.submit(send, laptop) for laptop in fleet]
        for _ in range(2):
            refold(store, FIRST, TODAY, TODAY, silently)
        stop.set()
        assert min(sent.result() for sent in sending) > 2
    writer.close()
    at_rest = rows(store)
    assert refold(store, FIRST, TODAY, TODAY, silently).after == at_rest


def test_days_outside_stay_as_they_are(store: Store, fleet) -> None:
    change(store, sa.update(device_day).values(cpu_min=999.0))
    refold(store, TODAY, TODAY, TODAY, silently)
    with store.reading() as session:
        query = sa.select(device_day.c.day).distinct().where(device_day.c.org_id == fleet[0].org_id)
        assert TODAY not in session.scalars(query.where(device_day.c.cpu_min == 999.0)).all()
        assert len(session.scalars(query.where(device_day.c.cpu_min == 999.0)).all()) == 9


def test_bytes_that_retention_took_away_are_not_missed(store: Store, fleet, clock) -> None:
    before = rows(store)
    clock.advance(days=3)
    retention(store, clock())
    with store.reading() as session:
        gone = sa.select(sa.func.count()).where(
            raw_batch.c.org_id == fleet[0].org_id, raw_batch.c.body.is_(None)
        )
        assert session.scalar(gone)
    change(store, sa.delete(device_day))
    done = refold(store, FIRST, TODAY, clock().date(), silently)
    assert (done.left, rows(store)) == (0, before)


def test_a_day_whose_newest_bytes_are_gone_is_not_touched(store: Store, fleet) -> None:
    before = rows(store)
    change(store, sa.update(raw_batch).where(raw_batch.c.revision == 3).values(body=None))
    done = refold(store, FIRST, TODAY, TODAY, silently)
    assert (done.left, rows(store)) == (30, before)


def test_days_whose_batches_were_deleted_for_their_age_are_refused(store: Store, org) -> None:
    first = kept_whole_since(TODAY)
    assert first.weekday() == 0
    assert TODAY - timedelta(days=37) < first <= TODAY - timedelta(days=30)
    with pytest.raises(UsageError, match=str(first)):
        refold(store, first - timedelta(days=1), TODAY, TODAY, silently)


def test_a_batch_that_cannot_be_read_leaves_everything_as_it_is(store: Store, fleet) -> None:
    before = rows(store)
    change(store, sa.update(raw_batch).where(raw_batch.c.day == TODAY).values(body=b"no JSON"))
    with pytest.raises(UsageError, match="cannot be read"):
        refold(store, TODAY, TODAY, TODAY, silently)
    assert rows(store) == before


def test_the_command_prints_the_same_fingerprint_twice(store: Store, org, tmp_path, monkeypatch) -> None:
    today = utc_now().date()
    ensure_around(store, today)
    with store.transaction() as session:
        laptop = factories.enrol_device(session, org.org_id, today)
    deliver(store, today, [batch(laptop, 1, today, 2)])
    monkeypatch.setenv("DEX_DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    arguments = ["db", "refold", "--from", str(today), "--to", str(today), "--data", str(tmp_path)]
    first, second = (CliRunner().invoke(main, arguments) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert first.stdout == second.stdout
    assert first.stdout.startswith("5 rows ")
    assert first.stdout.rstrip().endswith("from 1 batches (as before)")


def test_both_databases_give_one_fingerprint(sqlite_store: Store, pg_store: Store, clock) -> None:
    """The same rows, whichever database holds them, in whatever order they were written."""
    found = []
    for number, kept in enumerate((sqlite_store, pg_store)):
        ensure_around(kept, TODAY)
        values = [
            {
                "org_id": uuid_of(1),
                "device_id": uuid_of(n),
                "day": TODAY,
                "revision": 1,
                "received_day": TODAY,
                "cpu_min": 25.0,
                "rtt_ms": 0.1 + 0.2,
                "boot_list_s": [1.5, None],
                "coverage": {"b": "ok", "a": "gap"},
            }
            for n in range(5)
        ]
        with kept.engine.begin() as connection:
            connection.execute(sa.insert(device_day), values[:: 1 - 2 * number])
            found.append([digest_of(connection, table) for table in DAY_TABLES])
    assert found[0] == found[1]


def uuid_of(number: int):
    return UUID(int=number)
