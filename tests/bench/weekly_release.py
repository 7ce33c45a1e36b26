"""A week of a company's laptops, from the store into a release: the fold to person-weeks, and all of it.

    python -m tests.bench.weekly_release [PEOPLE ...]

Five device-days a person, on SQLite and on PostgreSQL; processor seconds hold the database server's.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import company  # noqa: E402

from server.db import Store  # noqa: E402
from server.people.weeks import week_before  # noqa: E402
from server.privacy.person_weeks import weeks_of_persons  # noqa: E402
from server.privacy.weekly import release_week  # noqa: E402
from tests.bench.costs import Cost, cost_of  # noqa: E402
from tests.bench.ingest_collector import migrated_stores  # noqa: E402
from tests.bench.large_company import bring_in, send_week  # noqa: E402
from tests.bench.measured import machine  # noqa: E402

WEEK = "2026-W11"
PEOPLE = (5_000, 10_000, 20_000)
FOLD_AIMS = {
    ("PostgreSQL", 20_000): "at most 10, aim 3",
    ("SQLite", 20_000): "at most 15, aim 4",
}
RELEASE_AIMS = {5_000: "at most 60, aim 15", 20_000: "at most 600, aim 120"}


def main(*sizes: int) -> None:
    print(machine(), flush=True)
    with migrated_stores() as stores:
        for people in sizes or PEOPLE:
            for name, store in stores:
                measure(name, store, people)
    print(machine())


def measure(name: str, store: Store, people: int) -> None:
    org_id = bring_in(store, f"of-{people}", people, WEEK)
    for week in (week_before(WEEK), WEEK):
        rows = send_week(store, org_id, people, week)
    release_week(store, org_id, week_before(WEEK), company.after(week_before(WEEK)))

    def fold() -> int:
        with store.reading() as session:
            return len(weeks_of_persons(session, org_id, WEEK))

    folded: Cost[int] = cost_of(fold, store)
    assert folded.result == people
    print(folded.line(f"{name}: fold of {rows:,} device-days", FOLD_AIMS.get((name, people), "")), flush=True)
    released = cost_of(lambda: release_week(store, org_id, WEEK, company.after(WEEK)), store)
    groups = len(released.result.release.base)
    what = f"{name}: weekly release, {people:,} people, {groups:,} groups"
    print(released.line(what, RELEASE_AIMS.get(people, "")), flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
