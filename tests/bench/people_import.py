"""A directory from a CSV file: read with its faults, brought in, and brought in again as it changes.

    python -m tests.bench.people_import [PEOPLE]

Every thousandth line has a fault. On SQLite and on PostgreSQL; processor seconds hold the database server's.
"""

import sys
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from server.db import Store  # noqa: E402
from server.people.csv_import import PeopleFile, read_people  # noqa: E402
from server.people.organisations import create_organisation  # noqa: E402
from server.people.store import Imported, save_people  # noqa: E402
from tests.bench.costs import Cost, cost_of  # noqa: E402
from tests.bench.ingest_collector import migrated_stores  # noqa: E402
from tests.bench.measured import machine  # noqa: E402

PEOPLE = 100_000
FAULTY = 1000
"""Each so many lines, one has a fault."""
TODAY = date(2026, 3, 2)
SECONDS = 120
_COLUMNS = "employee_id,name,email,unit,team,branch,manager,site,hire,last_day,absence_from,absence_to"


def main(people: int = PEOPLE) -> None:
    print(machine(), flush=True)
    content = export(people, moved=0)
    read: Cost[PeopleFile] = cost_of(lambda: read_people(content))
    expected = [number + 2 for number in range(people) if number % FAULTY == FAULTY - 1]
    assert [fault.line for fault in read.result.faults] == expected
    what = f"read {people:,} lines, {len(content) / 2**20:.0f} MiB, {len(expected)} faults named by line"
    print(read.line(what), flush=True)
    changed = read_people(export(people, moved=10))
    with migrated_stores() as stores:
        for name, store in stores:
            measure(name, store, read.result, changed)
    print(machine())


def measure(name: str, store: Store, file: PeopleFile, changed: PeopleFile) -> None:
    with store.transaction() as session:
        org_id = create_organisation(session, "main", "Main", TODAY).org_id

    def bring_in(read: PeopleFile, today: date) -> Imported:
        with store.transaction() as session:
            return save_people(session, org_id, read, today)

    for what, read, today in (
        ("first import", file, TODAY),
        ("the same again", file, TODAY + timedelta(days=1)),
        ("a tenth in another team", changed, TODAY + timedelta(days=2)),
    ):
        begun = time.monotonic()
        cost = cost_of(lambda read=read, today=today: bring_in(read, today), store)  # type: ignore[misc]
        took = time.monotonic() - begun
        assert cost.result.new + cost.result.changed + cost.result.unchanged == len(read.people)
        line = cost.line(f"{name}: {what}", f"{took:.0f} s of at most {SECONDS}")
        print(line, flush=True)


def export(people: int, moved: int) -> bytes:
    """The list of an HR system; each so many people, one is in another team (0: nobody)."""
    lines = [_COLUMNS]
    for number in range(people):
        team = number // 12 + (bool(moved) and number % moved == 0)
        hire = "soon" if number % FAULTY == FAULTY - 1 else TODAY - timedelta(days=number % 5000)
        away = f"{TODAY},{TODAY + timedelta(days=9)}" if number % 20 == 0 else ","
        lines.append(
            f"e{number:06d},Colleague {number:06d},c{number:06d}@example.org,Unit {team // 40},Team {team},"
            f"Branch {team // 5},e{number // 12 * 12 + people:06d},Site {number % 30},{hire},,{away}"
        )
    return "\n".join(lines).encode()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
