"""The daily release of the equipment view: each day once, in order, four days later, never again."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from server.db import Store
from server.ingest.first_day import first_day
from server.ingest.uptime import hours_up
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.people.weeks import fixing_week, monday_of, week_of
from server.privacy.equipment_curves import model_of_day
from server.privacy.equipment_days import laptops_of_day
from server.privacy.equipment_release import EquipmentDay, make_equipment_day
from server.privacy.equipment_store import known_classes, last_equipment_day, save_equipment_day
from server.privacy.weekly import UPTIME_HOURS

CUT_OFF = timedelta(days=4), time(3)
"""After the day: at three o'clock UTC, so that nobody sees in which hour a laptop delivered."""
_DAY = timedelta(days=1)


def due_equipment_day(session: Session, organisation: Organisation, now: datetime) -> date | None:
    """The next day to be released, if its time has come and a collector was up to hear of it."""
    day = next_equipment_day(session, organisation)
    if day is None or now < cut_off(day):
        return None
    ended = datetime.combine(day + _DAY, time(), UTC)
    return day if hours_up(session, ended, now) >= UPTIME_HOURS else None


def next_equipment_day(session: Session, organisation: Organisation) -> date | None:
    """The day after the last release; before the first one, the first day that laptops sent."""
    last = last_equipment_day(session, organisation.org_id)
    if last is not None:
        return last.day + _DAY
    return first_day(session, organisation)


def cut_off(day: date) -> datetime:
    """When a day is released; what comes later never counts."""
    return datetime.combine(day + CUT_OFF[0], CUT_OFF[1], UTC)


def release_equipment_day(store: Store, org_id: UUID, day: date, now: datetime) -> EquipmentDay:
    """Make and write the release of a day from what has arrived. DayReleased if that was done before.

    Rows are read and sums made while nothing is locked, so that laptops can deliver meanwhile.
    """
    with store.reading() as session:
        organisation = session.get_one(Organisation, org_id)
        today = local_day(organisation, now)
        model = model_of_day(session, org_id, day, today)
        classes = known_classes(session, org_id, monday_of(fixing_week(week_of(day))))
        laptops = laptops_of_day(session, org_id, day)
    release = make_equipment_day(day, laptops, organisation.k, classes, model)
    with store.transaction() as session:
        save_equipment_day(session, org_id, release, today)
    return release


def pass_over_equipment_days(session: Session, organisation: Organisation, now: datetime) -> list[date]:
    """Release without a number the days whose time has come: a store that was in use until now may have
    released them, and the difference of both may be one laptop. Safe to repeat."""
    passed: list[date] = []
    day = next_equipment_day(session, organisation)
    while day is not None and cut_off(day) <= now:
        empty = make_equipment_day(day, (), organisation.k, {})
        save_equipment_day(session, organisation.org_id, empty, local_day(organisation, now))
        passed.append(day)
        day += _DAY
    return passed


def release_equipment_due(store: Store, now: datetime) -> str:
    """The periodic job: release what is due everywhere but in the demo, which has a clock of its own."""
    done = for_each_organisation(
        store, lambda found: len(release_equipment_due_of(store, found.org_id, now)), demo=False
    )
    return f"{sum(done)} days released"


def release_equipment_due_of(store: Store, org_id: UUID, now: datetime) -> list[date]:
    """Release all days of an organisation whose time has come."""
    done: list[date] = []
    while True:
        with store.reading() as session:
            day = due_equipment_day(session, session.get_one(Organisation, org_id), now)
        if day is None:
            return done
        release_equipment_day(store, org_id, day, now)
        done.append(day)
