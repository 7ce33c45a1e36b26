"""Periodic jobs: one table says when each is due and who is on it; workers share it without a broker.

A job is a function that may be run again at any time and does what is still missing; so a missed run is
caught up by the next one. Its work and its state live in our tables, and a worker that dies in the middle
loses nothing: the lease ends and another run follows.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.access.store import forget_expired
from server.clock import Clock
from server.db import Store, trouble_words
from server.ingest.partitions import make_weeks
from server.ingest.shuffle import shuffle_received
from server.jobs_models import FAILED, JobState
from server.privacy.retention import forget_passages
from server.privacy.weekly import release_due
from server.pulse.jobs import pulse_period_start, pulse_release, pulse_shuffle
from server.retention import retention

log = structlog.get_logger()

LEASE = timedelta(minutes=15)
"""So long nobody else runs a job that a worker began; longer than any job takes."""
RETRY = timedelta(minutes=5)
"""A job that failed is tried again after this."""
LOOK_SECONDS = 20.0
"""How often a worker looks for due jobs."""

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


def forget_sessions(store: Store, now: datetime) -> str:
    with store.transaction() as session:
        return f"{forget_expired(session, now)} expired links and sessions deleted"


JOBS: tuple[Job, ...] = (
    Job("make_weeks", timedelta(days=1), make_weeks, offset=timedelta(hours=1)),
    Job("forget_sessions", timedelta(days=1), forget_sessions, offset=timedelta(hours=2)),
    Job("pulse_period_start", timedelta(hours=1), pulse_period_start),
    Job("pulse_release", timedelta(hours=1), pulse_release),
    Job("weekly_release", timedelta(hours=1), release_due, offset=timedelta(minutes=5)),
    Job("forget_passages", timedelta(days=1), forget_passages, offset=timedelta(hours=2, minutes=30)),
    Job("pulse_shuffle", timedelta(days=1), pulse_shuffle, offset=timedelta(hours=3)),
    Job("shuffle_received", timedelta(days=1), shuffle_received, offset=timedelta(hours=3, minutes=30)),
    Job("retention", timedelta(days=1), retention, offset=timedelta(hours=4)),
)
"""Every periodic job of the product."""


def run_due(store: Store, jobs: Sequence[Job], clock: Clock) -> list[str]:
    """Run each job that is due and that nobody else is on; the names of those that ran."""
    ran = []
    for job in jobs:
        with store.transaction() as session:
            lease = _claim(session, job, clock())
        if lease is not None:
            _run(store, job, lease, clock)
            ran.append(job.name)
    return ran


def _claim(session: Session, job: Job, now: datetime) -> datetime | None:
    """Take the job if it is due and free: the end of our lease. A job never seen before is due at once."""
    state = session.get(JobState, job.name)
    if state is None:
        try:
            with session.begin_nested():
                session.add(JobState(name=job.name, due=now, lease_until=now + LEASE, last_result=""))
        except IntegrityError:  # another worker saw it first
            return None
        return now + LEASE
    if state.due > now or (state.lease_until is not None and state.lease_until > now):
        return None
    taken = _change(
        session,
        job,
        JobState.due == state.due,
        JobState.lease_until.is_not_distinct_from(state.lease_until),
        lease_until=now + LEASE,
    )
    return now + LEASE if taken else None


def hold(store: Store, names: Iterable[str], now: datetime) -> None:
    """Keep these jobs from beginning for the length of a lease; ask again to keep them longer.

    A run that has begun is not ended, but it counts as not done.
    """
    until = now + LEASE
    for name in names:
        with suppress(IntegrityError), store.transaction() as session:  # a worker saw it first, and is on it
            state = session.get(JobState, name)
            if state is None:
                session.add(JobState(name=name, due=now, lease_until=until, last_result=""))
            else:
                state.lease_until = until


def _run(store: Store, job: Job, lease: datetime, clock: Clock) -> None:
    try:
        result, due = job.run(store, clock()), job.slot_after(clock())
    except Exception as error:  # one broken job must not keep the others from running
        log.exception("job failed", job=job.name)
        result, due = f"{FAILED}: {type(error).__name__}", clock() + RETRY
    else:
        log.info("job done", job=job.name, result=result)
    with store.transaction() as session:
        _change(
            session, job, JobState.lease_until == lease, due=due, lease_until=None, last_result=result[:500]
        )


def _change(session: Session, job: Job, *old_state: sa.ColumnElement[bool], **values: object) -> bool:
    """Change the job's row if it still is in the state we saw; whether it was."""
    done = session.execute(
        sa.update(JobState)
        .where(JobState.name == job.name, *old_state)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return getattr(done, "rowcount", 0) == 1


def work(store: Store, jobs: Sequence[Job], clock: Clock, pause: Callable[[float], bool]) -> None:
    """Run due jobs until `pause(seconds)` answers that it is time to end. A job that began is finished."""
    ended = False
    while not ended:
        try:
            run_due(store, jobs, clock)
        except sa.exc.SQLAlchemyError as error:
            log.error(trouble_words(error))
        ended = pause(LOOK_SECONDS)
