"""A company of any size in the store, and weeks of its laptops: people by the import, the rest in bulk."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import company
import laptop_days

from server.bulk import insert, target
from server.db import Store
from server.devices.models import Device, DevicePerson
from server.ingest.models import device_day
from server.ingest.partitions import ensure_partitions
from server.people.organisations import create_organisation
from server.people.store import person_id_of
from server.people.weeks import monday_of, sunday_of

TEAM_SIZE, TEAMS_IN_UNIT = 12, 12
DAYS = 5
HIRED = date(2020, 1, 6)
NEW_EVERY = 8
"""One in so many was hired a few weeks ago."""

_DAY_COLUMNS = (
    *("org_id", "device_id", "day", "revision", "received_day"),
    *("usage_s", "on_s", "app_s", "boots", "boot_s"),
    *("boot_list_s", "signins", "signin_s", "signin_list_s", "app_crashes", "app_hangs", "hang_list_s"),
    *("os_crashes", "active_min", "cpu_min", "mem_min", "disk_min", "pressure_min", "offline_min", "probes"),
    *("probes_failed", "rtt_ms", "battery_health_pct", "disk_free_pct", "patch_age_d", "coverage", "gap_min"),
)


def bring_in(store: Store, slug: str, people: int, first_week: str) -> UUID:
    """An organisation of so many people, each with a laptop; its id."""
    monday = monday_of(first_week)
    new = str(monday - timedelta(days=14))
    names = [f"p{number:06}" for number in range(people)]
    hires = [{"person": n, "hire": str(HIRED) if i % NEW_EVERY else new} for i, n in enumerate(names)]
    teams = [i // TEAM_SIZE for i in range(people)]
    places = [
        {"person": n, "from": str(HIRED), "unit": f"U{team // TEAMS_IN_UNIT}", "team": f"T{team}"}
        for n, team in zip(names, teams, strict=True)
    ]
    with store.transaction() as session:
        org = create_organisation(session, slug, slug, monday)
        org_id = org.org_id
        company.bring_in_people(session, org, hires, places)
        devices = [(org_id, company.device_id_of(org_id, name), name) for name in names]
        insert(
            session.connection(),
            target(
                Device.__table__, "org_id", "device_id", "install_id", "token_hash", "state", "enrolled_on"
            ),
            [(org, device, device, device.bytes, "active", HIRED) for org, device, _ in devices],
        )
        insert(
            session.connection(),
            target(DevicePerson.__table__, "org_id", "device_id", "since", "person_id"),
            [(org, device, HIRED, person_id_of(org, name)) for org, device, name in devices],
        )
    return org_id


def send_week(store: Store, org_id: UUID, people: int, week: str) -> int:
    """Five days of every laptop, as the collector keeps them; how many rows."""
    monday = monday_of(week)
    ensure_partitions(store, monday, sunday_of(week))
    rng = random.Random(week)
    rows = [row for number in range(people) for row in _days(rng, org_id, f"p{number:06}", monday)]
    with store.engine.begin() as connection:
        insert(connection, target(device_day, *_DAY_COLUMNS), rows)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if store.is_sqlite else "VACUUM ANALYZE")
    return len(rows)


def _days(rng: random.Random, org_id: UUID, name: str, monday: date) -> Iterator[tuple[Any, ...]]:
    device = company.device_id_of(org_id, name)
    for number in range(DAYS):
        hours = rng.uniform(4, 9)
        minutes, boot, signin = 60 * hours, rng.uniform(10, 120), rng.uniform(5, 60)
        hangs = rng.randint(0, 1)
        yield (
            *(org_id, device, monday + timedelta(days=number), 1, monday + timedelta(days=number + 2)),
            *(3600 * hours, 3600 * hours + 1800, 3600 * hours, 1, boot, [boot], 1, signin, [signin]),
            *(rng.randint(0, 1), hangs, [12.0] * hangs, 0, minutes),
            *(rng.uniform(0, 0.3) * minutes for _ in range(3)),
            *(rng.uniform(0, 30), rng.uniform(0, 3), 500, rng.randint(0, 9), rng.uniform(10, 200)),
            *(rng.uniform(50, 100), rng.uniform(5, 60), float(rng.randint(0, 30))),
            *(laptop_days.COVERAGE | {"hang": "ok", "oscrash": "ok", "battery": "ok"}, {"network": 12.0}),
        )
