"""Figures for `/metrics` that are read from the store when asked for: jobs, messages, weeks, releases, room.

Every collector of an installation gives the same ones, so rules take the maximum. All of them are about the
installation; none is about a laptop or a person.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa
import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.clock import Clock
from server.db import Store, trouble_words, without_org
from server.ingest.models import DAY_TABLES
from server.ingest.partitions import partition_name, partitions
from server.jobs.models import FAILED, JobState
from server.metrics import CONNECTIONS
from server.outbox.models import GIVEN_UP, WAITING, OutboxRow
from server.people.organisations import organisations
from server.people.weeks import monday_of
from server.privacy.release_store import last_release

MOST_WEEKS_AHEAD = 8
"""As far ahead as weeks are looked for."""
_WEEK = timedelta(weeks=1)
_INSTALLATION = without_org("counts for operators are of the whole installation")

log = structlog.get_logger()

Figures = Callable[[Store, Session, datetime], Iterator[Metric]]


class StoreFigures(Collector):
    """What is in the store now. While it is away, only that it is."""

    def __init__(self, store: Store, data: Path, clock: Clock) -> None:
        self._store = store
        self._data = data
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        yield _build(self._store)
        yield _gauge(
            "dex_data_free_bytes", "Room left for the data directory", shutil.disk_usage(self._data).free
        )
        try:
            with self._store.reading() as session:
                found = [m for read in _READ for m in read(self._store, session, self._clock())]
        except SQLAlchemyError as error:
            log.error(trouble_words(error))
            found = []
        yield _gauge("dex_store_up", "1 if the store answered", bool(found))
        yield from found


def watch_connections(store: Store) -> None:
    """Count the connections that are taken from the pool of this store."""
    sa.event.listen(store.engine, "checkout", lambda *_: CONNECTIONS.inc())
    sa.event.listen(store.engine, "checkin", lambda *_: CONNECTIONS.dec())


def _build(store: Store) -> Metric:
    family = GaugeMetricFamily("dex_build_info", "Version of the program", labels=["version", "store"])
    family.add_metric([version("employee-dex"), store.engine.dialect.name], 1)
    return family


def _jobs(_store: Store, session: Session, now: datetime) -> Iterator[Metric]:
    """The worker serves no counts of its own: how its jobs fare is read from their table."""
    late = GaugeMetricFamily("dex_job_late_seconds", "How long a periodic job has been due", labels=["name"])
    failed = GaugeMetricFamily(
        "dex_job_failed", "1 if the last run of a periodic job failed", labels=["name"]
    )
    for state in session.scalars(sa.select(JobState).order_by(JobState.name)):
        late.add_metric([state.name], max((now - state.due).total_seconds(), 0))
        failed.add_metric([state.name], state.last_result.startswith(FAILED))
    yield late
    yield failed


def _messages(_store: Store, session: Session, now: datetime) -> Iterator[Metric]:
    number = sa.func.count()
    query = sa.select(OutboxRow.state, number).group_by(OutboxRow.state)
    found = {row.state: row[1] for row in session.execute(query, execution_options=_INSTALLATION)}
    family = GaugeMetricFamily("dex_outbox_messages", "Mails and webhooks by state", labels=["state"])
    for state in (WAITING, GIVEN_UP):
        family.add_metric([state], found.get(state, 0))
    yield family
    due = sa.select(sa.func.min(OutboxRow.due)).where(OutboxRow.state == WAITING)
    oldest = session.scalar(due, execution_options=_INSTALLATION)
    late = 0.0 if oldest is None else max((now - oldest).total_seconds(), 0)
    yield _gauge("dex_outbox_late_seconds", "How long the oldest waiting message has been due", late)


def _releases(_store: Store, session: Session, _now: datetime) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "dex_newest_release_week_end_timestamp_seconds",
        "End of the newest released week, in UTC",
        labels=["org"],
    )
    for organisation in organisations(session):
        last = last_release(session, organisation.org_id)
        if last is not None:
            family.add_metric([organisation.slug], _midnight(monday_of(last.week) + _WEEK))
    yield family


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _room(store: Store, session: Session, _now: datetime) -> Iterator[Metric]:
    size = "SELECT pg_database_size(current_database())"
    if store.is_sqlite:
        size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    yield _gauge("dex_store_bytes", "Size of the store", session.scalar(sa.text(size)))


def _weeks(store: Store, session: Session, now: datetime) -> Iterator[Metric]:
    """SQLite needs none."""
    if store.is_sqlite:
        return
    known = set(partitions(session.connection()))
    monday = now.date() - timedelta(days=now.weekday())
    for _ in range(MOST_WEEKS_AHEAD):
        if not all(partition_name(table, monday) in known for table in DAY_TABLES):
            break
        monday += _WEEK
    about = "Until when all tables of days have partitions, from this week on, in UTC"
    yield _gauge("dex_partitions_until_timestamp_seconds", about, _midnight(monday))


_READ: tuple[Figures, ...] = (_jobs, _messages, _releases, _room, _weeks)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
