"""Of an organisation whose data are broken, the others notice nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest
import sqlalchemy as sa
import structlog

from server.db import Store
from server.errors import LeaseLost
from server.fleet.models import FleetCountRow
from server.jobs.models import JobState
from server.jobs.run import Job, run_due
from server.jobs.table import JOBS
from server.people.models import Organisation
from server.people.organisations import create_organisation, for_each_organisation
from server.pulse.periods import period_on

FOR_EACH = {
    "pulse_period_start",
    "pulse_release",
    "pulse_shuffle",
    "weekly_release",
    "read_experiments",
    "count_fleets",
    "forget_passages",
    "shuffle_received",
    "watch_days",
    "release_equipment",
    "retention",
}
"""Jobs that work for one organisation after the other."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """To show tracebacks takes longer than all else here."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def three(store: Store, clock) -> list[str]:
    slugs = ["a-broken", "b-broken", "c"]
    with store.transaction() as session:
        for slug in slugs:
            create_organisation(session, slug, slug, clock().date())
    return slugs


def test_the_others_are_served_and_the_first_error_is_raised_in_the_end(store, three):
    served = []

    def work(organisation: Organisation) -> None:
        if organisation.slug.endswith("broken"):
            raise ValueError(organisation.slug)
        served.append(organisation.slug)

    with pytest.raises(ValueError, match="a-broken"):
        for_each_organisation(store, work)
    assert served == ["c"]


def test_a_lost_lease_ends_it_at_once(store, three):
    tried = []

    def work(organisation: Organisation) -> None:
        tried.append(organisation.slug)
        raise LeaseLost("job")

    with pytest.raises(LeaseLost):
        for_each_organisation(store, work)
    assert tried == three[:1]


def test_a_clock_that_cannot_be_read_keeps_no_other_organisation_from_being_counted(store, three, clock):
    with store.transaction() as session:
        for slug in three[:2]:
            session.execute(
                sa.update(Organisation).where(Organisation.slug == slug).values(timezone="No/Where"),
                execution_options={"without_org": "breaks them"},
            )
    [count] = [job for job in JOBS if job.name == "count_fleets"]
    run_due(store, [count], clock)
    with store.reading() as session:
        counted = sa.select(FleetCountRow.org_id).execution_options(without_org="all of them")
        assert len(session.scalars(counted).all()) == 1
        assert session.get_one(JobState, "count_fleets").failed_runs == 1


@pytest.mark.parametrize("job", [job for job in JOBS if job.name in FOR_EACH], ids=lambda job: job.name)
def test_jobs_go_on_behind_one_that_fails(sqlite_store, clock, job: Job):
    """The first organisation breaks whatever asks for it; the later one is asked for all the same."""
    store = sqlite_store
    clock.now = datetime.combine(period_on(clock().date()).first, time(12), UTC)  # when a period begins
    with store.transaction() as session:
        first = create_organisation(session, "a", "A", clock().date())
        later = create_organisation(session, "b", "B", clock().date())
    asked = set()

    def meet(_connection, _cursor, _statement, parameters, _context, _many) -> None:
        given = repr(parameters).replace("-", "")
        asked.update(org.slug for org in (first, later) if org.org_id.hex in given)
        if first.org_id.hex in given:
            raise ValueError("broken")

    sa.event.listen(store.engine, "before_cursor_execute", meet)
    with pytest.raises(ValueError, match="broken"):
        job.run(store, clock())
    assert asked == {"a", "b"}
