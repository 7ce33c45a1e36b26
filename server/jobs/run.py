"""Running periodic jobs: one table says when each is due and who is on it; workers share it without a broker.

A job is a function that may be run again at any time and does what is still missing; so a missed run is
caught up by the next one. Its work and its state live in our tables, and a worker that dies in the middle
loses nothing: the lease ends and another run follows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog

from server.clock import Clock
from server.db import Store, trouble_words
from server.errors import LeaseLost
from server.jobs.lease import Lease, claim, fenced, finish, kept
from server.jobs.models import FAILED, JobState
from server.outbox.notice_texts import JOB_FAILS
from server.outbox.notices import Notice, tell_all

log = structlog.get_logger()

RETRY = timedelta(minutes=5)
"""A job that failed is tried again after this."""
FAILURES_TOLD = 3
"""After so many failures in a row the operators are told, once a day."""
LOOK_SECONDS = 20.0
"""How often a worker looks for due jobs."""
MOST_OF_RESULT = 500
"""Characters of a result that are kept."""

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday, so that weekly slots can be given as an offset


@dataclass(frozen=True, slots=True)
class Job:
    """`run(store, now)` says in one line what it did, without naming anybody.

    Slots are `offset` after multiples of `every`, counted in UTC from a Monday at midnight.
    """

    name: str
    every: timedelta
    run: Callable[[Store, datetime], str]
    offset: timedelta = timedelta(0)

    def slot_after(self, now: datetime) -> datetime:
        """The first slot later than `now`."""
        passed = (now - _EPOCH - self.offset) // self.every
        return _EPOCH + self.offset + (passed + 1) * self.every


def run_due(store: Store, jobs: Sequence[Job], clock: Clock) -> list[str]:
    """Run each job that is due and that nobody else is on; the names of those that ran."""
    return [job.name for job in jobs if _run(store, job, clock) is not None]


def run_now(store: Store, job: Job, clock: Clock) -> str | None:
    """Run a job before its time; its result, or None if somebody is on it."""
    return _run(store, job, clock, early=True)


def _run(store: Store, job: Job, clock: Clock, early: bool = False) -> str | None:
    with store.transaction() as session:
        lease = claim(session, job.name, clock(), early)
    if lease is None:
        return None
    try:
        with kept(store, lease, clock):
            result, due = job.run(fenced(store, lease), clock()), job.slot_after(clock())
    except LeaseLost:
        log.warning("job went to another worker", job=job.name)
        return "another worker took it over"
    except Exception as error:  # one broken job must not keep the others from running
        log.exception("job failed", job=job.name)
        result = f"{FAILED}: {type(error).__name__}"
        _note_failure(store, lease, result, clock())
    else:
        log.info("job done", job=job.name, result=result)
        with store.transaction() as session:
            finish(session, lease, due=due, ran=clock(), last_result=result[:MOST_OF_RESULT], failed_runs=0)
    return result


def _note_failure(store: Store, lease: Lease, result: str, now: datetime) -> None:
    failed = JobState.failed_runs + 1
    with store.transaction() as session:
        ours = finish(session, lease, due=now + RETRY, ran=now, last_result=result, failed_runs=failed)
        if ours and session.get_one(JobState, lease.name).failed_runs >= FAILURES_TOLD:
            tell_all(session, Notice(JOB_FAILS, {"job": lease.name}), now)


def work(store: Store, jobs: Sequence[Job], clock: Clock, pause: Callable[[float], bool]) -> None:
    """Run due jobs until `pause(seconds)` answers that it is time to end. A job that began is finished."""
    ended = False
    while not ended:
        try:
            run_due(store, jobs, clock)
        except sa.exc.SQLAlchemyError as error:
            log.error(trouble_words(error))
        ended = pause(LOOK_SECONDS)
