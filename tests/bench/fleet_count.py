"""Seconds to count a fleet, on SQLite and on PostgreSQL, and to read the count.

`python -m tests.bench.fleet_count [LAPTOPS] [DAYS]`: 20,000 laptops with 20 days each unless it is said.
"""

import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import pg_server
import sqlalchemy as sa

from agent.signals import COVERED
from server.db import Base, Store
from server.devices.models import Device, DeviceFact, DevicePerson
from server.fleet.job import count_fleet
from server.fleet.queries import newest_count
from server.ingest.models import device_day
from server.ingest.partitions import ensure_partitions
from server.people.organisations import MAIN, create_organisation
from server.upkeep.migrate import upgrade

TODAY = date(2026, 3, 4)
AT_ONCE = 2000


def main(laptops: int, days: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        measure("SQLite", Store(f"sqlite:///{directory}/dex.sqlite3"), laptops, days)
    with pg_server.running_server(durable=False) as url:
        measure("PostgreSQL", Store(pg_server.create_database(url, "fleet")), laptops, days)


def measure(name: str, store: Store, laptops: int, days: int) -> None:
    upgrade(store)
    ensure_partitions(store, TODAY - timedelta(weeks=13), TODAY)
    with store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", TODAY).org_id
    for begun in range(0, laptops, AT_ONCE):
        enrol(store, org_id, min(AT_ONCE, laptops - begun), days)
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    began = time.perf_counter()
    found = count_fleet(store, org_id, TODAY)
    counted = time.perf_counter() - began
    assert found.counts.active == found.counts.heard == laptops
    began = time.perf_counter()
    with store.reading() as session:
        newest_count(session, org_id)
    read = time.perf_counter() - began
    print(
        f"{name}: {laptops} laptops, {days} days each: {counted:.1f} s to count, {1000 * read:.0f} ms to read"
    )
    store.close()


def enrol(store: Store, org_id: object, laptops: int, days: int) -> None:
    """Laptops with an owner, two rows of facts, and days, each with coverage of every source."""
    keys = [{"org_id": org_id, "device_id": uuid4()} for _ in range(laptops)]
    since = TODAY - timedelta(days=200)
    rows = {
        Device: [
            {**k, "install_id": uuid4(), "token_hash": b"", "state": "active", "enrolled_on": since}
            for k in keys
        ],
        DeviceFact: [
            {**k, "since": since + timedelta(days=n), "seq": n, "os": "linux", "model": f"M{n}"}
            for k in keys
            for n in range(2)
        ],
        DevicePerson: [{**k, "since": since, "person_id": uuid4()} for k in keys],
    }
    told = {"revision": 1, "received_day": TODAY, "coverage": dict.fromkeys(COVERED, "ok"), "usage_s": 1.0}
    with store.engine.begin() as connection:
        for model, values in rows.items():
            connection.execute(sa.insert(Base.metadata.tables[model.__tablename__]), values)
        for back in range(1, days + 1):
            day = {"day": TODAY - timedelta(days=back), "agent_version": "1.0"}
            connection.execute(sa.insert(device_day), [{**k, **day, **told} for k in keys])


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [20_000, 20][len(given) :]))
