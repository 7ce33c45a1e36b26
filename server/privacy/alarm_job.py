"""The periodic job that looks for alarms, day by day, each once and in order (docs/scoring.md 10.2).

A day is looked at in the afternoon after it, when laptops have sent their last edition of it. What comes
later changes nothing: a published alarm is never taken back, and none is made of a day that is over.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.ingest.first_day import first_day
from server.outbox.notice_texts import ALARM, ALARM_OF
from server.outbox.notices import Notice, tell
from server.people.calendar import calendar_of
from server.people.models import Organisation
from server.people.organisations import for_each_organisation
from server.people.queries import Directory, directory
from server.people.weeks import week_before, week_of, window_of
from server.people.working_days import Calendar
from server.privacy.alarm_look import Anew, look
from server.privacy.alarm_models import AlarmLookRow
from server.privacy.alarm_rows import day_seen, free_on, units_of_week
from server.privacy.alarm_state import WatchState, load_state, save_look
from server.privacy.alarm_values import Phi, phi_of, week_seen
from server.privacy.model_curves import as_read_by
from server.privacy.model_versions import model_of_week, models_of
from server.privacy.models import ReleaseRow
from server.privacy.records import Release
from server.privacy.release_store import load_releases
from server.scoring.alarms import Message
from server.scoring.parameters import Model, Models

LOOK_AT = timedelta(days=1, hours=14)
"""After the beginning of a day, by the organisation's clock: most laptops were started again by then."""
RELEASED_BEFORE = 2
"""So many weeks before a day's own lies the newest week that was surely released."""
NEWS = timedelta(days=7)
"""Of days further back, which a worker that was away catches up with, nobody is told by message."""
_DAY = timedelta(days=1)


def watch_days(store: Store, now: datetime) -> str:
    """The periodic job: look at all days that are due everywhere but in the demo, which has its own clock."""
    looked = for_each_organisation(
        store, lambda found: (found.slug, watch_days_of(store, found.org_id, now)), demo=False
    )
    done = ", ".join(f"{days} of {slug}" for slug, days in looked if days)
    return f"days looked at: {done}" if done else "nothing is due"


def watch_days_of(store: Store, org_id: UUID, now: datetime) -> int:
    """Look at all days of an organisation that are due, in order; how many these were."""
    with store.reading() as session:
        organisation = session.get_one(Organisation, org_id)
        day = _next_day(session, organisation)
        if day is None or now < _due(organisation, day):
            return 0
        weeks = _Weeks(org_id, directory(session, org_id), calendar_of(session, org_id))
        state = load_state(session, org_id)
    looked = 0
    while now >= _due(organisation, day) and (after := _look(store, organisation, weeks, state, day, now)):
        state, day, looked = after, day + _DAY, looked + 1
    return looked


def pass_over_alarm_days(session: Session, organisation: Organisation, now: datetime) -> None:
    """Look at no day that is due by now: a store that was in use until now may have published its alarms, and
    somebody was told. Safe to repeat. Series go on with the next day, without those between."""
    day = _next_day(session, organisation)
    last = None
    while day is not None and now >= _due(organisation, day):
        last, day = day, day + _DAY
    if last is None:
        return
    row = session.get(AlarmLookRow, organisation.org_id)
    if row is None:
        row = AlarmLookRow(org_id=organisation.org_id, open_alarms=[])
        session.add(row)
    row.day = last


def _next_day(session: Session, organisation: Organisation) -> date | None:
    """The day after the last look; before the first one, the first day that laptops sent."""
    last = session.get(AlarmLookRow, organisation.org_id)
    if last is not None:
        return last.day + _DAY
    return first_day(session, organisation)


def _due(organisation: Organisation, day: date) -> datetime:
    """When a day may be looked at, in UTC."""
    begins = datetime.combine(day, time(0), ZoneInfo(organisation.timezone))
    return (begins + LOOK_AT).astimezone(UTC)


class _Weeks:
    """What all days of a week have in common, read once: who belongs to which unit, phi of the rates, and the
    score model; and of all weeks, the days on which people work."""

    def __init__(self, org_id: UUID, people: Directory, calendar: Calendar) -> None:
        self._org_id, self._people, self.calendar = org_id, people, calendar
        self._known: dict[str, tuple[Mapping[str, str | None], Phi, Model]] = {}

    def of(self, session: Session, week: str) -> tuple[Mapping[str, str | None], Phi, Model]:
        if week not in self._known:
            units = units_of_week(session, self._org_id, self._people, week)
            before = load_releases(session, self._org_id, window_of(week_before(week, RELEASED_BEFORE)))
            self._known[week] = units, phi_of(before), model_of_week(session, self._org_id, week)
        return self._known[week]


def _look(
    store: Store, organisation: Organisation, weeks: _Weeks, state: WatchState, day: date, now: datetime
) -> WatchState | None:
    """What follows a look at this day, when it is written; None if somebody else wrote it meanwhile.

    Rows are read and series watched while nothing is locked, so that laptops can deliver.
    """
    org_id = organisation.org_id
    with store.reading() as session:
        units, phi, model = weeks.of(session, week_of(day))
        free = free_on(session, org_id, weeks.calendar, day)
        seen = day_seen(session, org_id, day, units, phi, model, free)
        models = models_of(session, org_id)
        released, anew_weeks = _alike(
            _released(session, org_id, state.last_week, day),
            _model_of_release(session, org_id, state.last_week),
            models,
        )
        groups = {one.week: week_seen(one, phi) for one in released}
    anew = Anew(model.gauges_read_otherwise(models[state.model]), anew_weeks)
    looked = look(state.watched, state.open_alarms, day, seen, groups, phi, anew)
    last_week = max(groups, default=state.last_week)
    after = WatchState(day, last_week, looked.watched, looked.open_alarms, model.name)
    with store.transaction() as session:
        last = session.get(AlarmLookRow, org_id)
        if (last.day if last else None) != state.day:
            return None
        save_look(session, org_id, after, looked)
        if now - _due(organisation, day) <= NEWS:
            for said in looked.messages:
                tell(session, organisation, _notice(said), now)
    return after


def _released(session: Session, org_id: UUID, last_week: str | None, day: date) -> Sequence[Release]:
    """The weeks after the last one seen that were released until this day."""
    query = (
        sa.select(ReleaseRow.week)
        .where(ReleaseRow.org_id == org_id, ReleaseRow.released_on <= day)
        .where(ReleaseRow.week > (last_week or ""))
    )
    weeks = session.scalars(query).all()
    return load_releases(session, org_id, weeks) if weeks else []


def _model_of_release(session: Session, org_id: UUID, week: str | None) -> str | None:
    """The name of the score model under which a week was released; None if it was not."""
    return session.scalar(
        sa.select(ReleaseRow.model).where(ReleaseRow.org_id == org_id, ReleaseRow.week == week)
    )


def _alike(
    released: Sequence[Release], before: str | None, models: Models
) -> tuple[Sequence[Release], Collection[str]]:
    """The weeks without the gauges that the newest of them reads by another curve, and which gauges of all
    these weeks, and of the one before them, that concerns."""
    if not released:
        return released, ()
    model = models[released[-1].model]
    names = {one.model for one in released} | ({before} if before is not None else set())
    anew = {gauge for name in names for gauge in model.gauges_read_otherwise(models[name])}
    return [as_read_by(model, one, models) for one in released], anew


def _notice(said: Message) -> Notice:
    """The signal, what it is about, a size class and a day: no more than the page says."""
    about = [f"{item} {said.versions.get(item, '')}".strip() for item in said.items if item]
    names: Mapping[str, str] = {
        "signal": said.signal,
        "laptops": max(said.items.values(), key=_least),
        "since": said.start.isoformat(),
    }
    if about:
        return Notice(ALARM_OF, {**names, "about": ", ".join(about)}, "/alarms")
    return Notice(ALARM, names, "/alarms")


def _least(laptops: str) -> int:
    return int(laptops.rstrip("+").partition("-")[0])
