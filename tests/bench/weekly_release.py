"""CPU seconds of a weekly release through the store: 5,000 people, six device-days each, on SQLite.

`python -m tests.bench.weekly_release [PEOPLE]`
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

import company

from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of, week_before
from server.privacy.weekly import release_week
from server.privacy.window_queries import trend, window
from server.upkeep.migrate import upgrade

FIRST_WEEK = "2026-W10"
TEAM_SIZE, TEAMS_IN_UNIT = 12, 12
HIRED = date(2020, 1, 6)

Result = TypeVar("Result")


def main(people: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store = Store(f"sqlite:///{directory}/dex.sqlite3")
        upgrade(store)
        rng = random.Random(1)
        with store.transaction() as session:
            org = create_organisation(session, MAIN, "Main", monday_of(FIRST_WEEK))
            measure("import", lambda: staff(session, org, people))
        weeks = [week_before(FIRST_WEEK, -number) for number in range(4)]
        for week in weeks:
            company.send_days(store, org.org_id, [d for i in range(people) for d in days_of(rng, i, week)])
            measure(
                f"release {week}",
                lambda week=week: release_week(store, org.org_id, week, company.after(week)),
            )
        with store.reading() as session:
            measure("window", lambda: window(session, org.org_id))
            measure("trend", lambda: trend(session, org.org_id, "company:company"))


def staff(session: Any, org: Any, people: int) -> None:
    names = [f"p{i}" for i in range(people)]
    places = [
        {"person": name, "from": str(HIRED), "unit": f"U{team // TEAMS_IN_UNIT}", "team": f"T{team}"}
        for i, name in enumerate(names)
        for team in [i // TEAM_SIZE]
    ]
    hires = [str(HIRED) if i % 8 else "2026-02-16" for i in range(people)]
    rows = [{"person": name, "hire": hire} for name, hire in zip(names, hires, strict=True)]
    company.bring_in_people(session, org, rows, places)
    for name in names:
        company.enrol(session, org.org_id, name, name, HIRED, HIRED)


def days_of(rng: random.Random, person: int, week: str) -> list[dict[str, Any]]:
    days = []
    for number in range(6):
        use = rng.uniform(4, 9)
        days.append(
            {
                "device": f"p{person}",
                "date": str(monday_of(week) + timedelta(days=number)),
                "usage_hours": use,
                "app_hours": use,
                "on_hours": use,
                "boot_s": rng.uniform(10, 120),
                "signin_s": rng.uniform(5, 60),
                "app_crashes": rng.randint(0, 1),
                "app_hangs": rng.randint(0, 1),
                "os_crashes": 0,
                "cpu_busy_share": rng.uniform(0, 0.3),
                "mem_pressure_share": rng.uniform(0, 0.3),
                "disk_busy_share": rng.uniform(0, 0.3),
                "net_latency_ms": rng.uniform(10, 200),
                "net_loss_pct": rng.uniform(0, 2),
                "battery_health_pct": rng.uniform(50, 100),
                "disk_free_pct": rng.uniform(5, 60),
                "patch_age_days": rng.randint(0, 30),
            }
        )
    return days


def measure(what: str, work: Callable[[], Result]) -> Result:
    started = time.process_time()
    result = work()
    print(f"{what:20} {time.process_time() - started:7.2f} CPU s", flush=True)
    return result


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
