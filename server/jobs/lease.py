"""Who is on a periodic job: a lease that is renewed while the job runs, and without which it writes nothing.

The run that has the lease made up a name, the holder. A worker that was away for longer than its lease, on a
machine that slept or behind a broken cable, finds another holder and can commit nothing any more.
"""

import copy
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from server.clock import Clock
from server.db import Store
from server.errors import LeaseLost
from server.jobs.models import JobState

log = structlog.get_logger()

LEASE = timedelta(minutes=15)
"""So long nobody else runs a job after its worker was last heard of."""
RENEW_SECONDS = 300.0
"""How often a worker renews the lease of the job it runs."""
LONGEST = timedelta(hours=6)
"""A job that hangs so long is no longer kept: longer than any job takes."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One run of a job."""

    name: str
    holder: UUID

    def held(self) -> sa.ColumnElement[bool]:
        """The condition on the job's row."""
        return sa.and_(JobState.name == self.name, JobState.holder == self.holder)


def claim(session: Session, name: str, now: datetime, early: bool = False) -> Lease | None:
    """Take the job if nobody is on it and it is due, or if it may run `early`.

    A job never seen before is due at once.
    """
    taken: dict[str, Any] = {"lease_until": now + LEASE, "holder": uuid4()}
    lease = Lease(name, taken["holder"])
    state = session.get(JobState, name)
    if state is None:
        try:
            with session.begin_nested():
                session.add(JobState(name=name, due=now, last_result="", **taken))
        except IntegrityError:  # another worker saw it first
            return None
        return lease
    if (state.due > now and not early) or (state.lease_until is not None and state.lease_until > now):
        return None
    as_seen = (
        JobState.name == name,
        JobState.due == state.due,
        JobState.lease_until.is_not_distinct_from(state.lease_until),
    )
    return lease if _change(session, *as_seen, **taken) else None


def finish(session: Session, lease: Lease, **values: object) -> bool:
    """Give the lease back with these values; False if somebody else has it by now."""
    return _change(session, lease.held(), lease_until=None, holder=None, **values)


def hold(store: Store, names: Iterable[str], now: datetime) -> None:
    """Keep these jobs from beginning for the length of a lease; ask again to keep them longer.

    A run that has begun can write nothing more.
    """
    held = {"lease_until": now + LEASE, "holder": None}
    for name in names:
        with suppress(IntegrityError), store.transaction() as session:  # a worker saw it first, and is on it
            if not _change(session, JobState.name == name, **held):
                session.add(JobState(name=name, due=now, last_result="", **held))


@contextmanager
def kept(store: Store, lease: Lease, clock: Clock, seconds: float = RENEW_SECONDS) -> Iterator[None]:
    """Renew the lease every so many seconds, from a thread with a connection of its own."""
    ended = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(store, lease, clock, seconds, ended), daemon=True, name="lease"
    )
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _keep(store: Store, lease: Lease, clock: Clock, seconds: float, ended: threading.Event) -> None:
    last = clock() + LONGEST
    while not ended.wait(seconds) and clock() < last:
        with suppress(SQLAlchemyError), store.transaction() as session:  # away, or the job itself locks it
            if not _change(session, lease.held(), lease_until=clock() + LEASE):
                log.warning("job lost its lease", job=lease.name)
                return


def fenced(store: Store, lease: Lease) -> Store:
    """The same store for the run that has this lease: a commit without it raises LeaseLost."""
    fence = copy.copy(store)
    fence.engine = store.engine.execution_options()  # the same pool, with listeners of its own

    @sa.event.listens_for(fence.engine, "commit")
    def check(connection: sa.Connection) -> None:
        # The lock lasts until the commit is through, so that nobody takes the job in between.
        query = sa.select(JobState.name).where(lease.held()).with_for_update(read=True)
        if connection.scalar(query) is None:
            raise LeaseLost(lease.name)

    return fence


def _change(session: Session, *as_seen: sa.ColumnElement[bool], **values: object) -> bool:
    """Change a job's row if it still is in the state we saw; whether it was."""
    statement = (
        sa.update(JobState).where(*as_seen).values(**values).execution_options(synchronize_session=False)
    )
    return cast(sa.CursorResult[Any], session.execute(statement)).rowcount == 1
