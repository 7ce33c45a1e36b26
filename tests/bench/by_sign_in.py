"""Seconds to give laptops to who signs in to them, on SQLite and PostgreSQL: the first time, and each hour.

`python -m tests.bench.by_sign_in [LAPTOPS]`: 20,000 laptops, one person each, unless it is said.
"""

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import pg_server
import sqlalchemy as sa

from agent.sign_in_name import digest, scrambled, written
from server.db import Base, Store
from server.devices.models import Device, DeviceFact
from server.devices.sign_in_job import settle
from server.people.models import Organisation, PersonRow
from server.people.organisations import MAIN, create_organisation
from server.policy.sign_in_key import new_key, open_key
from server.upkeep.migrate import upgrade

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def main(laptops: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        measure("SQLite", Store(f"sqlite:///{directory}/dex.sqlite3"), laptops)
    with pg_server.running_server(durable=False) as url:
        measure("PostgreSQL", Store(pg_server.create_database(url, "names")), laptops)


def measure(name: str, store: Store, laptops: int) -> None:
    upgrade(store)
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", NOW.date())
        new_key(session, org.org_id, NOW.date())
        key = open_key(session, org.org_id)
        assert key is not None
        secret = key.secret
    fill(store, org, secret, laptops)
    first = timed(store, org, laptops)
    print(f"{name}: {laptops} laptops: {first:.1f} s the first time, {timed(store, org, 0):.1f} s each hour")
    store.close()


def timed(store: Store, org: Organisation, changes: int) -> float:
    began = time.process_time() if store.is_sqlite else time.perf_counter()
    assert len(settle(store, org, NOW).changes) == changes
    return (time.process_time() if store.is_sqlite else time.perf_counter()) - began


def fill(store: Store, org: Organisation, secret: bytes, laptops: int) -> None:
    rows: dict[type[Base], list[dict[str, object]]] = {PersonRow: [], Device: [], DeviceFact: []}
    for n in range(laptops):
        rows[PersonRow].append(person(org.org_id, n))
        key = {"org_id": org.org_id, "device_id": uuid4()}
        made = {"install_id": uuid4(), "token_hash": b"", "state": "active", "enrolled_on": date(2026, 1, 5)}
        rows[Device].append(key | made)
        name = scrambled(secret, digest(str(org.org_id), f"p{n}@example.org"))
        for seq in range(2):
            since = NOW.date() - timedelta(days=40 - 20 * seq)
            rows[DeviceFact].append(key | {"since": since, "seq": seq, "signin_hmac": written(1, [name])})
    with store.engine.begin() as connection:
        for model, values in rows.items():
            connection.execute(sa.insert(Base.metadata.tables[model.__tablename__]), values)


def person(org_id: UUID, number: int) -> dict[str, object]:
    return {
        "org_id": org_id,
        "person_id": uuid4(),
        "employee_id": f"P{number}",
        "email": f"p{number}@example.org",
    }


if __name__ == "__main__":
    main(*([int(number) for number in sys.argv[1:]] or [20_000]))
