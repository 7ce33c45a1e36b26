"""The weekly release: each week of an organisation once, in order, never again (docs/privacy.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.errors import Conflict
from server.ingest.first_day import first_day
from server.ingest.uptime import hours_up
from server.outbox.notice_texts import RELEASE_LATE, RELEASE_OUT
from server.outbox.notices import Notice, tell
from server.people.groups import Placed
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.people.queries import Directory, directory, quarters_fixed
from server.people.reporting import groups_of_week
from server.people.stages import members_of_week
from server.people.weeks import fixing_week, monday_of, week_before, week_of
from server.privacy.cohorts import StagePassage, passages_of_week, queue_passages
from server.privacy.company_rates import company_rates
from server.privacy.left_out import first_to_release, weeks_left_out
from server.privacy.model_versions import hold_models, model_of_week
from server.privacy.models import ReleaseRow
from server.privacy.people_of_week import Facts, people_of_week
from server.privacy.person_weeks import (
    active_when_released,
    facts_of_week,
    save_person_weeks,
    weeks_of_late,
)
from server.privacy.progress import LoggedProgress, Progress, quiet
from server.privacy.records import Release
from server.privacy.release import LATE_WEEKS, make_release
from server.privacy.release_store import AlreadyReleased, last_release, load_releases, save_release
from server.privacy.sentiment_weekly import release_closed_periods

CUT_OFF = timedelta(days=9), time(3)
"""After the week's Monday: the Wednesday that follows it, at three in the organisation's time zone."""
_ZONES = timedelta(days=1)
"""Days of receipt are counted in UTC, those of releases where the organisation works."""
PATIENCE = timedelta(days=1)
"""So long after its cut-off a week that is not released is nothing to write about."""
UPTIME_HOURS = 24
"""So long a collector must have been up since the week's end, or laptops could not have delivered."""


class NotDue(Conflict):
    slug, title = "not-due", "It is too early to release this week"


@dataclass(frozen=True, slots=True)
class Released:
    """A week that was released just now."""

    release: Release
    digest: str


@dataclass(frozen=True)
class _Week:
    """What the store holds of a week at the moment of its release."""

    people: Directory
    facts: Facts
    known_classes: Mapping[str, int]
    late: int
    passages: Sequence[StagePassage]


def due_week(session: Session, organisation: Organisation, now: datetime) -> str | None:
    """The next week to be released, if its time has come; missed weeks follow one after the other."""
    week = next_week(session, organisation)
    if week is None:
        return None
    if now < cut_off(organisation, week):
        return None
    ended = _local(organisation, week, timedelta(days=7), time(0))
    return week if hours_up(session, ended, now) >= UPTIME_HOURS else None


def next_week(session: Session, organisation: Organisation) -> str | None:
    """The week after the last release; before the first one, the first week that laptops sent days of. Weeks
    that are left out since the store was restored are passed over."""
    last = last_release(session, organisation.org_id)
    if last is not None:
        return first_to_release(session, organisation.org_id, week_before(last.week, -1))
    first = first_day(session, organisation)
    return None if first is None else first_to_release(session, organisation.org_id, week_of(first))


def cut_off(organisation: Organisation, week: str) -> datetime:
    """The moment from which this week is released."""
    return _local(organisation, week, *CUT_OFF)


def _local(organisation: Organisation, week: str, days: timedelta, at: time) -> datetime:
    """A moment of the organisation's clock, in UTC."""
    moment = datetime.combine(monday_of(week) + days, at, ZoneInfo(organisation.timezone))
    return moment.astimezone(UTC)


def release_week(
    store: Store, org_id: UUID, week: str, now: datetime, progress: Progress = quiet
) -> Released:
    """Make and write the release of a week from what has arrived. AlreadyReleased if that was done before.

    Rows are read and sums made while nothing is locked, so that laptops can deliver meanwhile.
    """
    with store.reading() as session:
        _refuse_again(session, org_id, week)
        found = _read(session, org_id, week, progress)
    with store.transaction() as session:
        organisation = session.get_one(Organisation, org_id)
        groups = _groups(session, organisation, week, found)
    release = _make(organisation, week, found, groups, progress)
    with store.transaction() as session:
        hold_models(session, org_id)
        if model_of_week(session, org_id, week).name != release.model:
            raise Conflict(f"Another score model was adopted while {week} was made; release it again.")
        digest = save_release(session, org_id, release, local_day(organisation, now))
        save_person_weeks(session, org_id, week, found.facts.weeks)
        queue_passages(session, org_id, week, found.passages)
        tell(session, organisation, Notice(RELEASE_OUT, {"week": week}, "/overview"), now)
    return Released(release, digest)


def release_up_to(
    store: Store, org_id: UUID, week: str, now: datetime, progress: Progress = quiet
) -> Iterator[Released]:
    """Release a week by hand, and the missed ones before it; only the cut-off is waited for, not a collector.

    AlreadyReleased if that was done before, NotDue before the cut-off.
    """
    with store.reading() as session:
        _refuse_again(session, org_id, week)
        organisation = session.get_one(Organisation, org_id)
        following = next_week(session, organisation)
        until = cut_off(organisation, week)
    if now < until:
        raise NotDue(f"Data of {week} are accepted until {until:%Y-%m-%d %H:%M} UTC; release it after that.")
    if following is None or following > week:
        raise NotDue(f"No laptop has sent a day of {week} or of a week before it.")
    while following is not None and following <= week:
        yield release_week(store, org_id, following, now, progress)
        with store.reading() as session:
            following = next_week(session, organisation)


def _refuse_again(session: Session, org_id: UUID, week: str) -> None:
    last = last_release(session, org_id)
    if last is not None and last.week >= week:
        raise AlreadyReleased(f"Week {last.week} was released already; a week is released once, in order.")
    if week in weeks_left_out(session, org_id):
        raise AlreadyReleased(
            f"Week {week} may have been released before this store was restored from a copy. If you know "
            f"that it was not: dex-server db not-released {week}"
        )


def _read(session: Session, org_id: UUID, week: str, progress: Progress) -> _Week:
    people = directory(session, org_id)
    before = load_releases(session, org_id, [week_before(week)])
    same_quarter = bool(before) and fixing_week(before[0].week) == fixing_week(week)
    rates = company_rates(session, org_id)
    model = model_of_week(session, org_id, week)
    return _Week(
        people=people,
        facts=facts_of_week(session, org_id, week, people, model, progress),
        known_classes=before[0].hours_class if same_quarter else {},
        late=_late(session, org_id, week_before(week, LATE_WEEKS), people),
        passages=passages_of_week(session, org_id, week, people.people, rates, model),
    )


def _late(session: Session, org_id: UUID, week: str, people: Directory) -> int:
    """Members of a released week who became active in it only by data that came after its release."""
    released_on = session.scalar(
        sa.select(ReleaseRow.released_on).where(ReleaseRow.org_id == org_id, ReleaseRow.week == week)
    )
    if released_on is None:
        return 0
    weeks = weeks_of_late(session, org_id, week, released_on - _ZONES)
    active = {person for person, found in weeks.items() if found.active}
    late = active - active_when_released(session, org_id, week)
    return sum(member.id in late for member in members_of_week(people.people, week, moves={}))


def _groups(session: Session, organisation: Organisation, week: str, found: _Week) -> Mapping[str, Placed]:
    """The week's reporting groups.

    The first ones of all are fixed when there is something to publish, not for a handful of people imported
    on trial.
    """
    active = sum(person_week.active for person_week in found.facts.weeks.values())
    if active < organisation.k and not quarters_fixed(session, organisation.org_id):
        return {}
    return groups_of_week(session, organisation, found.people.people, week)


def _make(
    organisation: Organisation, week: str, found: _Week, groups: Mapping[str, Placed], progress: Progress
) -> Release:
    return make_release(
        week,
        people_of_week(found.people.people, week, groups, found.facts),
        teams={placed.team: placed.unit for placed in groups.values()},
        k=organisation.k,
        known_classes=found.known_classes,
        late=found.late,
        model=found.facts.model.name,
        progress=progress,
    )


def release_due(store: Store, now: datetime) -> str:
    """The periodic job: release what is due everywhere but in the demo, which has a clock of its own."""
    released = for_each_organisation(
        store, lambda found: (found.slug, release_due_of(store, found.org_id, now)), demo=False
    )
    done = [f"{slug} {name}" for slug, names in released for name in names]
    return f"released: {', '.join(done)}" if done else "nothing is due"


def release_due_of(store: Store, org_id: UUID, now: datetime) -> list[str]:
    """Release all weeks and pulse periods of an organisation whose time has come; their ids."""
    try:
        return [*_release_weeks(store, org_id, now), *_release_periods(store, org_id, now)]
    finally:  # above all where it failed
        with store.transaction() as session:
            _tell_if_late(session, session.get_one(Organisation, org_id), now)


def _release_weeks(store: Store, org_id: UUID, now: datetime) -> Iterator[str]:
    while True:
        with store.reading() as session:
            week = due_week(session, session.get_one(Organisation, org_id), now)
        if week is None:
            return
        release_week(store, org_id, week, now, LoggedProgress())
        yield week


def _release_periods(store: Store, org_id: UUID, now: datetime) -> list[str]:
    with store.transaction() as session:
        organisation = session.get_one(Organisation, org_id)
        today = local_day(organisation, now)
        if quarters_fixed(session, org_id):
            groups_of_week(session, organisation, directory(session, org_id).people, week_of(today))
        return release_closed_periods(session, org_id, organisation.k, today)


def _tell_if_late(session: Session, organisation: Organisation, now: datetime) -> None:
    week = next_week(session, organisation)
    if week is not None and now >= cut_off(organisation, week) + PATIENCE:
        tell(session, organisation, Notice(RELEASE_LATE, {"week": week}), now)
