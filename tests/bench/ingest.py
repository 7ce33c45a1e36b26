"""What the way in costs: HTTP, knowing the laptop, unpacking, decoding, rows, commit and database.

    python -m tests.bench.ingest [DEVICES]

The real collector is put under the load of laptops that are not counted, beside the floor in the same run:
the same rows written by the bare driver in groups (tests/bench/ingest_baseline.py). The machine is shared, so
compare ratios. What it costs in room, and with ten times the laptops: tests/bench/ingest_growth.py.
"""

import gzip
import sys
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import sqlalchemy as sa  # noqa: E402
from collector_process import Collector  # noqa: E402

from server.clock import utc_now  # noqa: E402
from server.db import Store  # noqa: E402
from server.ingest.models import DAY_TABLES  # noqa: E402
from server.ingest.payload import parse_batch  # noqa: E402
from server.ingest.store import Delivery  # noqa: E402
from tests.bench import ingest_fleet as fleet  # noqa: E402
from tests.bench.ingest_baseline import raw_cpu  # noqa: E402
from tests.bench.ingest_collector import (  # noqa: E402
    CONNECTIONS,
    Run,
    collecting,
    migrated_stores,
    pss_mib,
    settled,
    under_load,
)
from tests.bench.measured import machine  # noqa: E402

DEVICES = 1000
GROUP = 32
"""Batches in a transaction of the floor, as the collector's are under this load."""
MEAN, PEAK = 93.0, 560.0
"""Batches a second of a million laptops at their normal pace, and when they all start within an hour."""
PACED_SECONDS = 12
CORES = 2
_DAY = timedelta(days=1)


def main(devices: int = DEVICES) -> None:
    print(machine(), flush=True)
    today = utc_now().date()
    with migrated_stores() as stores:
        for name, store in stores:
            laptops = fleet.enrol(store, devices, today)
            with collecting(store) as collector:
                bench(name, collector, store, laptops, today)
    print(machine())


def bench(
    name: str, collector: Collector, store: Store, laptops: list[fleet.EnrolledDevice], today: date
) -> None:
    def load(sent: fleet.Sent, rate: float = 0) -> Run:
        return under_load(collector, store, [fleet.request(*one) for one in sent], rate)

    def say(words: str) -> None:
        print(f"{name}: {words}", flush=True)

    load(fleet.days(laptops, [today - 2 * _DAY]))  # so that it is warm and its tables are not empty
    settled(store)
    days = fleet.days(laptops, [today - _DAY, today], first_seq=100)
    run = load(days)
    floor = 1e6 * floor_cpu(store, days, today) / len(days)
    size = sum(len(body) for _, body in days) / len(days)
    say(f"day summary of 12 applications, {size:.0f} bytes: {each(run)}")
    say(f"  {run.each_us / floor:.2f}x the floor of {floor:.0f} us; {answered(run)}")
    small = load(fleet.hangs(laptops, today, len(days), first_seq=1000))
    say(f"batch of one event: {each(small)}; {answered(small)}")
    say(f"collector's PSS, main and worker, after {CONNECTIONS} connections: {pss_mib(collector):.0f} MiB")
    for rate, first_seq in ((MEAN, 10_000), (PEAK, 20_000)):
        number = int(rate * PACED_SECONDS)
        some = laptops[: number // 8 or 1]
        editions = fleet.days(some, [today + _DAY], editions=4, first_seq=first_seq)
        paced = load(alternating(editions, fleet.hangs(some, today, len(editions), first_seq + 100)), rate)
        share = 100 * paced.cpu_s / paced.took / CORES
        say(f"{rate:.0f} batches/s at random moments, half of them editions of a summary: {each(paced)}")
        say(f"  {share:.1f} % of {CORES} cores; {answered(paced)}")
        forget(store)


def floor_cpu(store: Store, sent: fleet.Sent, today: date) -> float:
    """The same rows by the bare driver, in a store that holds no more of them."""
    deliveries = [
        Delivery(laptop.org_id, laptop.device_id, parse_batch(gzip.decompress(body)).batch, body)
        for laptop, body in sent
    ]
    forget(store, today - _DAY)
    return raw_cpu(store, deliveries, GROUP, today)


def alternating(some: fleet.Sent, others: fleet.Sent) -> fleet.Sent:
    return [one for pair in zip(some, others, strict=True) for one in pair]


def each(run: Run) -> str:
    batches = len(run.to_answer)
    parts = f"collector {1e6 * run.collector_s / batches:.0f}, database {1e6 * run.database_s / batches:.0f}"
    return f"{run.each_us:.0f} us of processor time ({parts})"


def answered(run: Run) -> str:
    rate = len(run.to_answer) / run.took
    p50, p99 = run.percentile_ms(0.5), run.percentile_ms(0.99)
    return f"{rate:.0f} batches/s, answer p50 {p50:.0f} ms, p99 {p99:.0f} ms"


def forget(store: Store, since: date = date.min) -> None:
    """Take these days away, so that the next measurement begins as the one before did."""
    with store.engine.begin() as connection:
        for table in DAY_TABLES:
            options = {"without_org": "a bench begins anew"}
            connection.execute(sa.delete(table).where(table.c.day >= since), execution_options=options)
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
