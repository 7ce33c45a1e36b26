"""After a store was made of a copy: note what may have been published since, or that it was not."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Base, Store
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import organisations
from server.people.weeks import week_before, week_of
from server.privacy.alarm_job import pass_over_alarm_days
from server.privacy.equipment_daily import pass_over_equipment_days
from server.privacy.left_out import PeriodLeftOutRow, WeekLeftOutRow
from server.privacy.lifecycle_job import pass_over_periods
from server.privacy.models import SentimentReleaseRow
from server.privacy.release_store import last_release
from server.privacy.weekly import cut_off
from server.pulse.models import PulsePeriod
from server.pulse.periods import period_named

_COLUMNS: tuple[tuple[type[Base], str], ...] = ((WeekLeftOutRow, "week"), (PeriodLeftOutRow, "period"))


def note_restored(store: Store, now: datetime) -> list[str]:
    """Leave out what a store that was in use until now may have released and this copy has not; in words,
    by organisation. Safe to repeat. The demo has a clock of its own and nobody's data."""
    with store.reading() as session:
        working = [organisation for organisation in organisations(session) if not organisation.demo]
    said = []
    for organisation in working:
        with store.transaction() as session:
            pass_over_equipment_days(session, organisation, now)
            pass_over_alarm_days(session, organisation, now)
            pass_over_periods(session, organisation, now)
            weeks, periods = (list(due(session, organisation, now)) for due in (_weeks, _periods))
            for (table, column), names in zip(_COLUMNS, (weeks, periods), strict=True):
                for name in names:
                    key = {"org_id": organisation.org_id, column: name}
                    session.merge(table(**key, restored_on=now.date()))
        if weeks or periods:
            said.append(f"{organisation.slug}: {', '.join([*weeks, *periods])}")
    return said


def _weeks(session: Session, organisation: Organisation, now: datetime) -> Iterator[str]:
    last = last_release(session, organisation.org_id)
    week = week_before(last.week, -1) if last is not None else week_of(organisation.created_on)
    while cut_off(organisation, week) <= now:
        yield week
        week = week_before(week, -1)


def _periods(session: Session, organisation: Organisation, now: datetime) -> Iterator[str]:
    """Those that are closed by now, unless the copy released them or knows that nobody answered."""
    released = sa.select(SentimentReleaseRow.period).where(SentimentReleaseRow.org_id == organisation.org_id)
    query = (
        sa.select(PulsePeriod.period)
        .where(PulsePeriod.org_id == organisation.org_id, PulsePeriod.period.not_in(released))
        .where(sa.or_(PulsePeriod.closed.is_(False), PulsePeriod.answered > 0))
        .order_by(PulsePeriod.period)
    )
    for period in session.scalars(query):
        if period_named(period).closes_at(organisation.timezone) <= now:
            yield period


def note_not_released(session: Session, org_id: UUID, name: str) -> None:
    """Somebody knows that this week or period was not released before; so it is as any other again."""
    for table, column in _COLUMNS:
        row = session.get(table, {"org_id": org_id, column: name})
        if row is not None:
            session.delete(row)
            return
    raise UsageError(f"{name} is not left out; dex-server db restored lists what is.")
