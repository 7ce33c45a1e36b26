"""How the store grows with each laptop and working day, and what ten times the laptops cost.

    python -m tests.bench.ingest_growth [LAPTOPS]

A working day of a laptop is four editions of its summary and four batches of an event, written as the
collector writes them, in groups, without HTTP. Each night the jobs run that write anew and delete, and
PostgreSQL is vacuumed. What a week added is what is there after it.
"""

import gc
import gzip
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from server.clock import utc_now  # noqa: E402
from server.db import Store  # noqa: E402
from server.ingest.models import DAY_TABLES  # noqa: E402
from server.ingest.pack import pack_weeks  # noqa: E402
from server.ingest.payload import parse_batch  # noqa: E402
from server.ingest.shuffle import shuffle_received  # noqa: E402
from server.ingest.store import Delivery, keep  # noqa: E402
from server.upkeep.retention import retention  # noqa: E402
from tests.bench import ingest_fleet as fleet  # noqa: E402
from tests.bench.ingest_collector import database_cpu, migrated_stores  # noqa: E402
from tests.bench.measured import machine  # noqa: E402

LAPTOPS = 100
TIMES = 10
DAYS = 5
EDITIONS = EVENTS = 4
GROUP = 32
NIGHTS = 7
"""From Saturday's on: in the last one the week is packed."""
_DAY = timedelta(days=1)


def main(laptops: int = LAPTOPS) -> None:
    print(machine(), flush=True)
    today = utc_now().date()
    monday = today - timedelta(days=today.weekday() + 7)
    days = [monday + number * _DAY for number in range(DAYS)]
    with migrated_stores() as stores:
        for name, store in stores:
            enrolled = fleet.enrol(store, laptops * TIMES, today)
            few, many = enrolled[:laptops], enrolled[laptops:]
            before = room(store)
            alone = sum(work(store, few, day, number) for number, day in enumerate(days))
            print(f"{name}: {grown(store, before, laptops)} on Friday night", flush=True)
            for number in range(1, NIGHTS + 1):
                rest(store, days[-1] + number * _DAY)
            print(f"{name}: {grown(store, before, laptops)} once the week is over and packed", flush=True)
            few_ms = 1e3 * alone / DAYS / laptops
            many_ms = 1e3 * work(store, many, days[-1] + _DAY, DAYS) / len(many)
            print(f"{name}: processor time a laptop and day {few_ms:.2f} ms of {laptops} laptops,")
            times = TIMES * many_ms / few_ms
            print(f"  {many_ms:.2f} ms of {len(many)}: {times:.1f}x for {TIMES} times as many", flush=True)
    print(machine())


def work(store: Store, laptops: Sequence[fleet.EnrolledDevice], day: date, number: int) -> float:
    """One working day and the night after it; processor seconds of the day, the database's included."""
    sent: fleet.Sent = []
    seq = 1 + number * (EDITIONS + EVENTS)
    for at in range(EDITIONS):
        part = [(d, fleet.with_summary(d, seq + 2 * at, day, at + 1)) for d in laptops]
        part += [(d, fleet.with_event(d, seq + 2 * at + 1, day)) for d in laptops]
        random.Random(at).shuffle(part)
        sent += part
    gc.collect()
    gc.freeze()  # as a collector does with what it has: what these batches hold here is no part of its work
    before = time.process_time() + database_cpu(store)
    for at in range(0, len(sent), GROUP):
        deliveries = [
            Delivery(d.org_id, d.device_id, parse_batch(gzip.decompress(body)).batch, body)
            for d, body in sent[at : at + GROUP]
        ]
        with store.engine.begin() as connection:
            keep(connection, deliveries[0].org_id, deliveries, day)
    used = time.process_time() + database_cpu(store) - before
    rest(store, day)
    return used


def rest(store: Store, day: date) -> None:
    """The night after this day."""
    night = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
    shuffle_received(store, night)
    pack_weeks(store, night)
    retention(store, night)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if store.is_sqlite else "VACUUM ANALYZE")


def grown(store: Store, before: dict[str, int], laptops: int) -> str:
    each = {table: (size - before[table]) / laptops / DAYS for table, size in room(store).items()}
    parts = ", ".join(f"{table} {size:.0f}" for table, size in each.items())
    return f"{sum(each.values()):.0f} bytes a laptop and working day ({parts})"


def room(store: Store) -> dict[str, int]:
    """Bytes of the tables of days, with their indexes."""
    with store.engine.connect() as connection:
        if store.is_sqlite:
            pages, size, free = (
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("page_count", "page_size", "freelist_count")
            )
            return {"the file": (pages - free) * size}
        return {
            table.name: connection.exec_driver_sql(
                "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM pg_partition_tree(%s)"
                " WHERE isleaf",
                (table.name,),
            ).scalar_one()
            for table in DAY_TABLES
        }


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
