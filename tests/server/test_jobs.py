"""Periodic jobs: each due run happens once, wherever workers are, and nothing is lost when one dies."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import structlog
from waiting import wait_until

from server.db import Store
from server.errors import LeaseLost
from server.jobs.lease import LEASE, LONGEST, claim, fenced, hold, kept
from server.jobs.models import JobState
from server.jobs.run import LOOK_SECONDS, RETRY, Job, run_due, run_now, work
from server.jobs.table import JOBS
from server.people.models import Organisation
from server.upkeep.migrate import upgrade

HOUR = timedelta(hours=1)


class Counting:
    """A job that notes when it ran, and fails on request."""

    def __init__(self) -> None:
        self.ran: list[datetime] = []
        self.failing = False

    def __call__(self, store: Store, now: datetime) -> str:
        self.ran.append(now)
        if self.failing:
            raise ValueError("a name that must not be kept")
        return "counted"


@pytest.fixture
def counting() -> Counting:
    return Counting()


def state_of(store: Store, name: str) -> JobState:
    with store.reading() as session:
        return session.get_one(JobState, name)


def test_a_job_runs_at_its_first_sight_and_then_once_per_slot(store, clock, counting):
    jobs = [Job("count", HOUR, counting)]
    clock.now = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
    assert run_due(store, jobs, clock) == ["count"]
    clock.advance(minutes=49)
    assert run_due(store, jobs, clock) == []
    clock.advance(minutes=1)
    assert run_due(store, jobs, clock) == ["count"]
    assert state_of(store, "count").due == datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


def test_slots_that_were_missed_are_caught_up_by_one_run(store, clock, counting):
    jobs = [Job("count", HOUR, counting)]
    run_due(store, jobs, clock)
    clock.advance(days=3)
    assert run_due(store, jobs, clock) == ["count"]
    assert run_due(store, jobs, clock) == []


def test_two_workers_at_once_run_a_due_job_once(store, clock, counting):
    jobs = [Job("count", HOUR, counting)]
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait()
        run_due(store, jobs, clock)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(counting.ran) == 1


def test_the_job_of_a_worker_that_died_runs_again_after_its_lease(store, clock):
    def die(_store: Store, _now: datetime) -> str:
        raise KeyboardInterrupt  # as a kill: nothing after it runs

    with pytest.raises(KeyboardInterrupt):
        run_due(store, [Job("count", HOUR, die)], clock)
    counting = Counting()
    jobs = [Job("count", HOUR, counting)]
    clock.now += LEASE - timedelta(seconds=1)
    assert run_due(store, jobs, clock) == []
    clock.advance(seconds=1)
    assert run_due(store, jobs, clock) == ["count"]


def test_a_held_job_begins_only_when_nobody_holds_it_any_more(store, clock, counting):
    jobs = [Job("count", HOUR, counting)]
    hold(store, ["count"], clock())  # before any worker has seen it
    assert run_due(store, jobs, clock) == []
    clock.advance(minutes=10)
    hold(store, ["count"], clock())
    clock.now += LEASE - timedelta(seconds=1)
    assert run_due(store, jobs, clock) == []
    clock.advance(seconds=1)
    assert run_due(store, jobs, clock) == ["count"]


def test_a_failing_job_is_tried_again_and_keeps_no_words_of_its_error(store, clock, counting):
    other = Counting()
    jobs = [Job("count", HOUR, counting), Job("other", HOUR, other)]
    counting.failing = True
    assert run_due(store, jobs, clock) == ["count", "other"]
    assert state_of(store, "count").last_result == "failed: ValueError"
    counting.failing = False
    clock.now += RETRY
    assert run_due(store, jobs, clock) == ["count"]
    assert state_of(store, "count").last_result == "counted"


def overtake(store: Store, clock, name: str) -> None:
    """Another worker takes the job, as one does whose lease has ended."""
    clock.now += LEASE
    with store.transaction() as session:
        assert claim(session, name, clock()) is not None


def test_a_run_that_lost_its_lease_can_write_nothing_more(store, clock, org):
    def slow(given: Store, now: datetime) -> str:
        with given.transaction() as session:
            session.get_one(Organisation, org.org_id).name = "in time"
        overtake(store, clock, "slow")
        with given.transaction() as session:
            session.get_one(Organisation, org.org_id).name = "too late"
        return "done"

    run_due(store, [Job("slow", HOUR, slow)], clock)
    with store.reading() as session:
        assert session.get_one(Organisation, org.org_id).name == "in time"
    assert state_of(store, "slow").lease_until > clock(), "the other one still has it"
    assert state_of(store, "slow").last_result == ""


def test_statements_without_a_session_are_fenced_too(store, clock, org):
    with store.transaction() as session:
        lease = claim(session, "bare", clock())
    fence = fenced(store, lease)
    overtake(store, clock, "bare")
    rename = sa.update(Organisation).where(Organisation.org_id == org.org_id).values(name="too late")
    with pytest.raises(LeaseLost), fence.engine.begin() as connection:
        connection.execute(rename)
    with store.engine.begin() as connection:  # others are not
        connection.execute(rename.values(name="of another"))
    with store.reading() as session:
        assert session.get_one(Organisation, org.org_id).name == "of another"


def test_nobody_takes_a_job_between_its_last_look_at_the_lease_and_the_commit(store, clock, org):
    taken = threading.Event()

    def take() -> None:
        overtake(store, clock, "close")
        taken.set()

    with store.transaction() as session:
        lease = claim(session, "close", clock())
    fence = fenced(store, lease)
    other = threading.Thread(target=take)

    @sa.event.listens_for(fence.engine, "commit")  # after the one that looks
    def let_the_other_try(_connection: sa.Connection) -> None:
        other.start()
        assert not taken.wait(0.3)

    with fence.transaction() as session:
        session.get_one(Organisation, org.org_id).name = "in time"
    other.join(10)
    assert taken.is_set()


def test_the_lease_is_renewed_while_a_job_runs(store, clock):
    with store.transaction() as session:
        lease = claim(session, "long", clock())
    with kept(store, lease, clock, seconds=0.02):
        clock.advance(minutes=14)
        wait_until(lambda: state_of(store, "long").lease_until >= clock() + LEASE)
        clock.advance(minutes=14)
        assert run_due(store, [Job("long", HOUR, Counting())], clock) == []


def test_a_job_that_hangs_is_not_kept_for_ever(store, clock):
    with store.transaction() as session:
        lease = claim(session, "hanging", clock())
    with kept(store, lease, clock, seconds=0.02):
        clock.now += LONGEST
        time.sleep(0.1)
        assert state_of(store, "hanging").lease_until < clock()


def test_a_job_can_be_run_before_its_time_but_not_beside_itself(store, clock, counting):
    job = Job("count", HOUR, counting)
    run_due(store, [job], clock)
    assert run_now(store, job, clock) == "counted"
    with store.transaction() as session:
        claim(session, "count", clock(), early=True)
    assert run_now(store, job, clock) is None
    assert len(counting.ran) == 2


def test_failures_in_a_row_are_counted(store, clock, counting):
    job = Job("count", HOUR, counting)
    counting.failing = True
    for number in (1, 2, 3):
        run_due(store, [job], clock)
        assert state_of(store, "count").failed_runs == number
        clock.now += RETRY
    counting.failing = False
    run_due(store, [job], clock)
    assert state_of(store, "count").failed_runs == 0


def test_a_weekly_slot_is_counted_from_monday():
    job = Job("weekly", timedelta(days=7), lambda store, now: "", offset=timedelta(days=2, hours=3))
    wednesday = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
    assert job.slot_after(wednesday - timedelta(seconds=1)) == wednesday
    assert job.slot_after(wednesday) == wednesday + timedelta(days=7)


def test_a_worker_ends_when_told_and_looks_now_and_then(sqlite_store, clock, counting):
    pauses = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        clock.advance(hours=1)
        return len(pauses) == 3

    work(sqlite_store, [Job("count", HOUR, counting)], clock, pause)
    assert pauses == [LOOK_SECONDS] * 3
    assert len(counting.ran) == 3


def test_a_worker_that_comes_before_the_tables_says_what_to_do_and_waits(tmp_path, clock, counting):
    store = Store(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    said = []

    def pause(_seconds: float) -> bool:
        said.extend(logs)
        logs.clear()
        upgrade(store)
        return bool(counting.ran)

    with structlog.testing.capture_logs() as logs:
        work(store, [Job("count", HOUR, counting)], clock, pause)
    store.close()
    assert "dex-server db upgrade" in said[0]["event"]
    assert "exc_info" not in said[0]
    assert len(counting.ran) == 1


def test_every_job_of_the_product_runs_on_a_store_that_is_new(store, org, clock):
    ran = run_due(store, JOBS, clock)
    assert set(ran) == {job.name for job in JOBS}
    results = {name: state_of(store, name).last_result for name in ran}
    assert not [name for name, result in results.items() if result.startswith("failed")], results
