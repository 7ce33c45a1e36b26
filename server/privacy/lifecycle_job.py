"""The release of joining, moving and leaving: each period of two months once, in order, never again."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from server.db import Store
from server.ingest.first_day import first_day
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.privacy.lifecycle_outcomes import FOLLOWED_DAYS
from server.privacy.lifecycle_release import LifecyclePeriod, Period, make_lifecycle_period, period_on
from server.privacy.lifecycle_rows import passed_in
from server.privacy.lifecycle_store import last_period, save_period
from server.terms import Terms, terms_in_force

LATE_DAYS = 3
"""For laptops that deliver late, after the days that are looked at."""
RELEASED_AFTER = timedelta(days=FOLLOWED_DAYS + LATE_DAYS + 1)
"""The last day of a period."""
HOUR = time(3)
_DAY = timedelta(days=1)


def release_lifecycle_due(store: Store, now: datetime) -> str:
    """The periodic job, everywhere but in the demo, which has a clock of its own."""
    done = for_each_organisation(
        store, lambda found: len(release_lifecycle_of(store, found.org_id, now)), demo=False
    )
    return f"{sum(done)} periods released"


def release_lifecycle_of(store: Store, org_id: UUID, now: datetime) -> list[LifecyclePeriod]:
    """Release the periods of an organisation whose time has come."""
    done: list[LifecyclePeriod] = []
    while True:
        with store.reading() as session:
            organisation = session.get_one(Organisation, org_id)
            period = next_period(session, organisation)
            if period is None or now < cut_off(period):
                return done
            today = local_day(organisation, now)
            whole = is_whole(period, terms_in_force(session), now.date())
            passed = passed_in(session, org_id, period) if whole else []
        release = make_lifecycle_period(period, passed, organisation.k)
        with store.transaction() as session:
            save_period(session, org_id, release, today)
        done.append(release)


def pass_over_periods(session: Session, organisation: Organisation, now: datetime) -> None:
    """Release without a number the periods whose time has come: a store that was in use until now may have
    released them, and the difference of both may be one person. Safe to repeat."""
    period = next_period(session, organisation)
    while period is not None and cut_off(period) <= now:
        empty = make_lifecycle_period(period, (), organisation.k)
        save_period(session, organisation.org_id, empty, local_day(organisation, now))
        period = next_period(session, organisation)


def next_period(session: Session, organisation: Organisation) -> Period | None:
    """The period after the last release; the first one begins with the first day that laptops told of."""
    last = last_period(session, organisation.org_id)
    if last is not None:
        return period_on(last.last_day + _DAY)
    first = first_day(session, organisation)
    return None if first is None else Period(first, period_on(first).last)


def cut_off(period: Period) -> datetime:
    """When a period is released; what comes later never counts."""
    return datetime.combine(period.last + RELEASED_AFTER, HOUR, UTC)


def is_whole(period: Period, terms: Terms, today: date) -> bool:
    """Whether nothing of a period is deleted yet. Of one in which the first people are gone, no number is
    released: it would be about those who are left."""
    return max(terms.first_kept(term, today) for term in ("rows", "leavers")) <= period.first
