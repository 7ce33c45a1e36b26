"""Load the demo company: day by day under a clock of its own, through the doors that real data take."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from agent.signals import PULSE_CORE
from server.access.closing import close_access
from server.clock import utc_now
from server.db import Store
from server.demo import trial
from server.demo.ahead import Ahead
from server.demo.company import SEATS, YEARLY_TURNOVER, Company, Employee, Outline, install_id, make_company
from server.demo.effects import Effects
from server.demo.habits import facts_of
from server.demo.loaded import LOADING, NAME, is_loaded
from server.demo.progress import Progress
from server.demo.pulse import fetch_tokens, send_answers
from server.demo.remove import remove_organisation
from server.demo.staff_list import changed_in, staff_list
from server.devices.payload import Enrolment
from server.devices.store import create_enrolment_key, enroll, retire
from server.errors import Conflict
from server.experiments.readings import read_due
from server.faults.job import look_at
from server.fleet.job import count_fleet
from server.ingest.door import check_day
from server.ingest.partitions import ensure_partitions
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, keep
from server.jobs.lease import hold
from server.lifecycle.required import EVERYBODY, require
from server.people.csv_import import read_people
from server.people.models import Organisation
from server.people.organisations import DEMO, create_organisation, local_day, org_id_of
from server.people.store import person_id_of, save_people
from server.people.weeks import monday_of, week_before, week_of
from server.privacy.alarm_job import watch_days_of
from server.privacy.equipment_daily import CUT_OFF, release_equipment_day
from server.privacy.lifecycle_job import RELEASED_AFTER, release_lifecycle_of
from server.privacy.lifecycle_release import period_on as two_months_on
from server.privacy.release_store import released_weeks
from server.privacy.sentiment_weekly import release_closed_periods
from server.privacy.weekly import release_week
from server.pulse.jobs import start_period
from server.pulse.periods import Period, period_on
from server.pulse.release import close_period
from server.scoring.equipment_limits import TREND_DAYS
from server.web.body import unpacked

WEEKS = 26
SEED = 20
KEY_DAYS = 400
FORGOTTEN = 6
"""Of so many accounts of leavers, one is not closed."""
JOBS_OF_NOW = ("pulse_period_start", "pulse_release", "forget_passages", "retention")
"""Periodic jobs that would take the company's past for something to be ended."""
_DAY = timedelta(days=1)
MONDAY, WEDNESDAY, SUNDAY = 0, 2, 6
_EQUIPMENT_TOLD = timedelta(days=TREND_DAYS)
"""So long before the end begin the days of the equipment view."""


class AlreadyLoaded(Conflict):
    slug, title = "demo-loaded", "The demo company is loaded already"


@dataclass
class _Story:
    """The demo company while it is being told: what is there already, and what waits for its day."""

    store: Store
    organisation: Organisation
    company: Company
    effects: Effects
    ahead: Ahead
    key: str
    laptops: dict[UUID, Employee] = field(default_factory=dict)
    devices: dict[int, UUID] = field(default_factory=dict)
    period: Period | None = None

    @property
    def org_id(self) -> UUID:
        return self.organisation.org_id


def load(
    store: Store,
    now: datetime,
    weeks: int = WEEKS,
    seats: int = SEATS,
    seed: int = SEED,
    turnover: float = YEARLY_TURNOVER,
) -> Company:
    """Load the company with so many released weeks behind it, up to yesterday.

    AlreadyLoaded if it is there; a load that was broken off is begun anew.
    """
    _make_room(store)
    last_week = last_closed_week(now)
    first = monday_of(week_before(last_week, weeks - 1))
    outline = Outline(seed, first, now.date() - _DAY, seats, turnover)
    company = make_company(outline)
    with store.transaction() as session:
        organisation = create_organisation(session, DEMO, LOADING, first, demo=True)
        require(session, organisation.org_id, EVERYBODY, "thunderbird")
        key = create_enrolment_key(session, organisation.org_id, first, "demo", days=KEY_DAYS)
    ensure_partitions(store, first, company.last)
    progress = Progress("Loading the demo company", (company.last - first).days // 7 + 1)
    with Ahead(outline) as ahead:
        story = _Story(store, organisation, company, Effects.planted(company), ahead, key)
        for day in _days(first, company.last):
            if day.weekday() == MONDAY:
                hold(store, JOBS_OF_NOW, utc_now())
            _tell_day(story, day)
            if day.weekday() == SUNDAY or day == company.last:
                progress.step(f"week {week_of(day)}")
    _release(story, last_week, now)
    watch_days_of(store, organisation.org_id, now)
    today = local_day(organisation, now)
    count_fleet(store, organisation.org_id, today)
    look_at(store, organisation.org_id, today)
    with store.transaction() as session:
        session.get_one(Organisation, organisation.org_id).name = NAME
    return company


def last_closed_week(now: datetime) -> str:
    """The newest week whose cut-off, the Wednesday 03:00 after it, has passed."""
    return week_of((now - timedelta(days=9, hours=3)).date())


def _make_room(store: Store) -> None:
    if is_loaded(store):
        raise AlreadyLoaded("The demo company is loaded; to renew it: dex-server demo remove, then load.")
    remove_organisation(store, org_id_of(DEMO))


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def _tell_day(story: _Story, day: date) -> None:
    """Everything that happens on a day, in the order of its hours."""
    if day.weekday() == MONDAY:
        story.ahead.relieved = trial.told_on(story.store, story.organisation, story.company, day)
    story.ahead.look_ahead(day)
    if day.weekday() == WEDNESDAY and day - 7 * _DAY >= story.company.first:
        _release(story, week_of(day - 7 * _DAY), _at(day, 4))
    if story.company.last - day < _EQUIPMENT_TOLD:
        _release_equipment(story, day)
    _release_lifecycle(story, day)
    if day.weekday() == MONDAY:
        _import_people(story, day)
    _hand_out_laptops(story, day)
    if day == period_on(day).first:
        _begin_period(story, day)
        story.ahead.look_ahead(day)
    _send_days(story, day)
    _answer(story, day)


def _import_people(story: _Story, monday: date) -> None:
    """HR's weekly export: in the first week everybody, later whoever is new or changed."""
    sunday = monday + 6 * _DAY
    everybody = monday == story.company.first
    known = [
        employee
        for employee in story.company.employees
        if employee.first <= sunday and (everybody or changed_in(employee, monday, sunday))
    ]
    if known:
        with story.store.transaction() as session:
            save_people(session, story.org_id, read_people(staff_list(known, sunday)), monday)


def _hand_out_laptops(story: _Story, day: date) -> None:
    """Newcomers enrol their laptops; those of leavers are retired, and their accounts closed."""
    beginning = [e for e in story.company.employees if e.first == day]
    gone = [e for e in story.company.employees if e.last == day - _DAY and e.number in story.devices]
    if not beginning and not gone:
        return
    with story.store.transaction() as session:
        for employee in beginning:
            asked = Enrolment(
                install_id=install_id(story.company.seed, employee),
                hardware_id=f"demo-{story.company.seed}-{employee.employee_id}",
                person=employee.employee_id,
                facts=facts_of(employee),
            )
            device_id = enroll(session, story.key, asked, day).device_id
            story.devices[employee.number] = device_id
            story.laptops[device_id] = employee
        for employee in gone:
            device_id = story.devices.pop(employee.number)
            del story.laptops[device_id]
            retire(session, story.org_id, device_id)
            if employee.number % FORGOTTEN:
                close_access(session, story.org_id, person_id_of(story.org_id, employee.employee_id), day)


def _begin_period(story: _Story, day: date) -> None:
    """Labels and keys are fixed and tokens fetched; no label has enough active people in the first weeks."""
    story.period = None
    now = _at(day, 7)
    if start_period(story.store, story.organisation, now, (PULSE_CORE,), story.ahead.key):
        story.period = period_on(day)
        story.ahead.sign_in_time(
            fetch_tokens(story.store, story.org_id, story.period, story.laptops, story.company.seed, now)
        )


def _send_days(story: _Story, day: date) -> None:
    """One batch per laptop in use, unpacked, parsed and kept as the collector does it."""
    check_day(day, _at(day, 20))
    deliveries = [
        Delivery(story.org_id, story.devices[number], parse_batch(unpacked(body)).batch, body)
        for number, body in story.ahead.bodies(day).items()
    ]
    if deliveries:
        with story.store.engine.begin() as connection:
            keep(connection, story.org_id, deliveries, day)


def _answer(story: _Story, day: date) -> None:
    due = story.ahead.signed(day)
    if due and story.period is not None:
        seed = story.company.seed
        send_answers(story.store, story.org_id, story.period, due, story.effects, seed, _at(day, 21))


def _release_equipment(story: _Story, today: date) -> None:
    """Release the day whose time came at three this morning."""
    day = today - CUT_OFF[0]
    if day >= story.company.first:
        release_equipment_day(story.store, story.org_id, day, _at(today, 4))


def _release_lifecycle(story: _Story, today: date) -> None:
    """Release the two months whose time came at three this morning."""
    ended = today - RELEASED_AFTER
    if ended >= story.company.first and two_months_on(ended).last == ended:
        release_lifecycle_of(story.store, story.org_id, _at(today, 4))


def _release(story: _Story, week: str, now: datetime) -> None:
    """Release a week after its cut-off, and the pulse period that ended with it."""
    with story.store.reading() as session:
        done = week in released_weeks(session, story.org_id)
    if not done:
        release_week(story.store, story.org_id, week, now)
        read_due(story.store, story.org_id, now)
    ended = period_on(monday_of(week))
    if week_of(ended.last) == week:
        with story.store.transaction() as session:
            close_period(session, story.org_id, ended.id)
            release_closed_periods(session, story.org_id, story.organisation.k, now.date())
