"""kill -9 of a worker in the middle of a job: another takes over, and the store is as if nothing happened.

The worker ends itself before a commit that the test names, so that each place where it can be interrupted is
met; that of a transaction in its middle is the same place, because nothing of it is there afterwards.
"""

import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import company
import factories
import pg_server
import psycopg
import pytest
import sqlalchemy as sa

from server.db import Store, without_org
from server.digests import Digest, digest_of
from server.ingest.models import DAY_TABLES, device_day, event, raw_batch
from server.ingest.partitions import ensure_partitions
from server.ingest.uptime import CollectorHour
from server.jobs.run import run_due
from server.jobs.table import JOBS
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of
from server.privacy.models import ReleaseRow
from server.privacy.release_chain import broken_releases
from server.schema import metadata
from server.upkeep.migrate import upgrade

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
"""The same day, and every lease of a worker that died has ended."""
WEEKS = ("2026-W10", "2026-W11")
TEAM = 8
OLD_DAYS = (120, 60, 1)
"""So long ago laptops sent something; a part of it is too old."""
SOME = 4
"""So many places of a job are tried in the suite, half of them on PostgreSQL; all in the long form."""

Copy = Callable[[], str]
_numbers = count()


def fill(url: str) -> None:
    with closing(Store(url)) as store:
        upgrade(store)
        with store.transaction() as session:
            org = create_organisation(session, MAIN, "Main", monday_of(WEEKS[0]))
            people = [{"person": f"p{i}", "hire": "2020-01-06"} for i in range(TEAM)]
            places = [{"person": p["person"], "from": "2020-01-06", "unit": "U", "team": "T"} for p in people]
            company.bring_in_people(session, org, people, places)
            for person in people:
                since = monday_of(WEEKS[0])
                company.enrol(session, org.org_id, person["person"], person["person"], since, since)
            hours = (NOW - timedelta(days=10) + timedelta(hours=i) for i in range(240))
            session.add_all(CollectorHour(hour=hour) for hour in hours)
        days = [
            {"device": f"p{i}", "date": str(monday_of(week)), "usage_hours": 6.0, "app_hours": 6.0}
            | {"app_crashes": i % 2, "boot_s": 30.0 + i}
            for i in range(TEAM)
            for week in WEEKS
        ]
        company.send_days(store, org.org_id, days)
        send_old_days(store, org.org_id)


def send_old_days(store: Store, org_id: UUID) -> None:
    days = [NOW.date() - timedelta(days=back) for back in OLD_DAYS]
    ensure_partitions(store, min(days), NOW.date())
    with store.transaction() as session:
        laptop = factories.enrol_device(session, org_id, min(days))
        key = {"org_id": org_id, "device_id": laptop.device_id}
        sent = {"install_id": laptop.install_id, "received_day": NOW.date(), "events": 0, "body": b"x"}
        for seq, day in enumerate(days, 1):
            session.execute(sa.insert(device_day).values(factories.day_row(laptop, day, revision=2)))
            session.execute(sa.insert(event).values(**key, day=day, event_id=uuid4(), kind="oom"))
            row = {**key, **sent, "seq": seq, "revision": 1}
            session.execute(sa.insert(raw_batch).values(**row, day=day, batch_id=uuid4()))


@pytest.fixture(scope="module")
def sqlite_copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("worker")
    fill(f"sqlite:///{folder}/dex.sqlite3")

    def copied() -> str:
        path = folder / f"copy{next(_numbers)}.sqlite3"
        shutil.copy(folder / "dex.sqlite3", path)
        return f"sqlite:///{path}"

    return copied


@pytest.fixture(scope="module")
def pg_copy(pg_server_url: str) -> Iterator[Copy]:
    made = [f"dex_worker_{os.getpid()}_{next(_numbers)}"]
    fill(pg_server.create_database(pg_server_url, made[0]))

    def copied() -> str:
        made.append(f"{made[0]}_{next(_numbers)}")
        with psycopg.connect(pg_server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{made[-1]}" TEMPLATE "{made[0]}"')
        return pg_server.replace_database(pg_server_url, made[-1])

    yield copied
    for name in reversed(made):
        pg_server.drop_database(pg_server_url, name)


@pytest.fixture(params=["sqlite_copy", "pg_copy"])
def copy(request: pytest.FixtureRequest) -> Copy:
    """Makes the address of one more store with the same rows."""
    return request.getfixturevalue(request.param)


def work(url: str, name: str, now: datetime, die_before: int | None = None) -> int:
    """The worker's job; how many commits it had."""
    commits = 0

    def committing(_connection: sa.Connection) -> None:
        nonlocal commits
        if commits == die_before:
            os.kill(os.getpid(), signal.SIGKILL)
        commits += 1

    with closing(Store(url)) as store:
        sa.event.listen(store.engine, "commit", committing)
        run_due(store, [job for job in JOBS if job.name == name], lambda: now)
    return commits


def killed_at_work(url: str, name: str, commit: int) -> None:
    child = os.fork()
    if not child:
        try:
            work(url, name, NOW, commit)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def rows(url: str) -> dict[str, Digest]:
    """Fingerprints of what the product keeps, without what it notes of its own running."""
    kept = [table for table in metadata.sorted_tables if table.info["scale"] != "local"]
    with closing(Store(url)) as store, store.engine.connect() as connection:
        return {table.name: digest_of(connection, table) for table in kept}


def released(url: str) -> list[tuple[str, str]]:
    """Weeks and their digests, whose chain holds."""
    with closing(Store(url)) as store, store.reading() as session:
        options = without_org("a test reads all there is")
        found = session.execute(
            sa.select(ReleaseRow.week, ReleaseRow.digest, ReleaseRow.org_id).order_by(ReleaseRow.week),
            execution_options=options,
        ).all()
        assert broken_releases(session, found[0].org_id) == []
    return [(row.week, row.digest) for row in found]


def taken_over(copy: Copy, name: str, most: int | None) -> list[str]:
    """Stores in which the job was interrupted at one place each, and then done by another worker."""
    undisturbed = copy()
    places: Sequence[int] = range(work(undisturbed, name, NOW))
    assert len(places) > SOME, "there was nothing to interrupt"
    if most is not None:
        fewer = most if undisturbed.startswith("sqlite") else most // 2
        places = random.Random(1).sample(places, fewer)
    done = []
    for place in places:
        url = copy()
        killed_at_work(url, name, place)
        work(url, name, LATER)
        assert rows(url) == rows(undisturbed), f"killed before commit {place}"
        done.append(url)
    return [undisturbed, *done]


def release_once(copy: Copy, most: int | None) -> None:
    stores = taken_over(copy, "weekly_release", most)
    first = released(stores[0])
    assert [week for week, _ in first] == list(WEEKS)
    assert all(released(url) == first for url in stores)


def delete_what_is_too_old(copy: Copy, most: int | None) -> None:
    url = taken_over(copy, "retention", most)[-1]
    with closing(Store(url)) as store, store.engine.connect() as connection:
        for table in DAY_TABLES:
            assert digest_of(connection, table, table.c.day < NOW.date() - timedelta(days=100)).rows == 0


def test_a_release_is_made_once(copy: Copy) -> None:
    release_once(copy, SOME)


def test_what_is_too_old_goes_whole(copy: Copy) -> None:
    delete_what_is_too_old(copy, SOME)


@pytest.mark.soak
def test_a_release_is_made_once_wherever_it_was_interrupted(copy: Copy) -> None:
    release_once(copy, None)


@pytest.mark.soak
def test_what_is_too_old_goes_whole_wherever_it_was_interrupted(copy: Copy) -> None:
    delete_what_is_too_old(copy, None)
