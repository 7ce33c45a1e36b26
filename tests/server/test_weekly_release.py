"""When a week is released, what it takes in, and that it is never made again."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import company
import pytest
import sqlalchemy as sa

from server.db import Store
from server.ingest.uptime import CollectorHour
from server.people.models import Organisation
from server.people.weeks import monday_of, sunday_of
from server.privacy.models import PersonWeekRow, ReleaseSumRow
from server.privacy.records import Release
from server.privacy.release_chain import broken_releases
from server.privacy.release_store import AlreadyReleased, load_releases, released_weeks
from server.privacy.weekly import NotDue, due_week, release_due, release_up_to, release_week

WEEK = "2026-W10"
NEXT = "2026-W11"
CUT_OFF = datetime(2026, 3, 11, 3, 0, tzinfo=UTC)
TEAM = 8


@pytest.fixture
def team(store: Store, org: Organisation) -> Organisation:
    """One team of eight; everybody used a laptop in week 10."""
    people = [{"person": f"p{i}", "hire": "2020-01-06"} for i in range(TEAM)]
    places = [{"person": p["person"], "from": "2020-01-06", "unit": "U", "team": "T"} for p in people]
    with store.transaction() as session:
        company.bring_in_people(session, org, people, places)
        for name in (person["person"] for person in people):
            company.enrol(session, org.org_id, name, name, date(2026, 1, 5), date(2026, 1, 5))
    company.send_days(store, org.org_id, days(WEEK))
    return org


def days(week: str, people: Iterable[int] = range(TEAM), use: float = 6.0) -> list[dict[str, Any]]:
    return [
        {
            "device": f"p{i}",
            "date": str(monday_of(week)),
            "usage_hours": use,
            "app_hours": use,
            "app_crashes": i % 2,
            "boot_s": 30.0 + i,
        }
        for i in people
    ]


def collector_up(store: Store, since: datetime, hours: int) -> None:
    with store.transaction() as session:
        session.add_all(CollectorHour(hour=since + timedelta(hours=i)) for i in range(hours))


def due(store: Store, org: Organisation, now: datetime) -> str | None:
    with store.reading() as session:
        return due_week(session, session.get_one(Organisation, org.org_id), now)


def monday_after(week: str) -> datetime:
    return datetime.combine(sunday_of(week) + timedelta(days=1), time(0), UTC)


def test_a_week_is_due_at_its_cut_off_if_a_collector_was_up(store: Store, team: Organisation) -> None:
    collector_up(store, monday_after(WEEK), 51)
    assert due(store, team, CUT_OFF - timedelta(minutes=1)) is None
    assert due(store, team, CUT_OFF) == WEEK


def test_the_cut_off_is_at_three_where_the_organisation_works(store: Store, team: Organisation) -> None:
    with store.transaction() as session:
        session.get_one(Organisation, team.org_id).timezone = "America/New_York"
    collector_up(store, monday_after(WEEK), 80)
    assert due(store, team, CUT_OFF + timedelta(hours=3)) is None
    assert due(store, team, CUT_OFF + timedelta(hours=4)) == WEEK, "New York is on summer time by then"


def test_after_an_outage_laptops_get_a_day_to_deliver(store: Store, team: Organisation) -> None:
    back = CUT_OFF + timedelta(days=3)
    collector_up(store, back, 24)
    assert due(store, team, back + timedelta(hours=23)) is None
    assert due(store, team, back + timedelta(hours=24)) == WEEK


def test_the_job_catches_up_in_order_and_then_has_nothing_to_do(store: Store, team: Organisation) -> None:
    company.send_days(store, team.org_id, days("2026-W12"))
    collector_up(store, monday_after(WEEK), 24 * 28)
    now = CUT_OFF + timedelta(weeks=2)
    assert release_due(store, now) == "released: main 2026-W10, main 2026-W11, main 2026-W12"
    assert release_due(store, now) == "nothing is due"
    with store.reading() as session:
        assert released_weeks(session, team.org_id) == ["2026-W10", "2026-W11", "2026-W12"]
        assert broken_releases(session, team.org_id) == []
        empty = load_releases(session, team.org_id, ["2026-W11"])[0]
    assert empty.base == {}, "nobody used a laptop in week 11"


def release(store: Store, org: Organisation, week: str = WEEK) -> Release:
    return release_week(store, org.org_id, week, company.after(week)).release


def test_a_week_comes_back_from_the_store_as_it_was_released(store: Store, team: Organisation) -> None:
    made = release(store, team)
    assert made.base["team:T"].n == TEAM
    with store.reading() as session:
        assert load_releases(session, team.org_id, [WEEK]) == [made]


def test_a_second_release_of_a_week_is_refused_whatever_has_arrived(store: Store, team: Organisation) -> None:
    made = release(store, team)
    company.send_days(store, team.org_id, [day | {"date": "2026-03-03"} for day in days(WEEK)])
    with pytest.raises(AlreadyReleased):
        release(store, team)
    with store.reading() as session:
        assert load_releases(session, team.org_id, [WEEK]) == [made]


def test_a_changed_number_is_found(store: Store, team: Organisation) -> None:
    release(store, team)
    release(store, team, NEXT)
    with store.transaction() as session:
        session.execute(
            sa.update(ReleaseSumRow)
            .where(ReleaseSumRow.org_id == team.org_id, ReleaseSumRow.week == WEEK)
            .where(ReleaseSumRow.signal == "boot", ReleaseSumRow.group_name == "team:T")
            .values(x=ReleaseSumRow.x + 1)
        )
    with store.reading() as session:
        assert broken_releases(session, team.org_id) == [WEEK]


def test_who_became_active_by_late_data_is_counted_four_weeks_later(
    store: Store, org: Organisation, team: Organisation
) -> None:
    """Five laptops had been offline; their week arrives after its release."""
    company.send_days(store, team.org_id, days(NEXT, range(3)))
    release(store, team)
    release(store, team, NEXT)
    company.send_days(store, team.org_id, days(NEXT, range(3, TEAM)), received=date(2026, 3, 18))
    for week in ("2026-W12", "2026-W13"):
        assert release(store, team, week).late == 0
    assert release(store, team, "2026-W14").late == 0, "week 10 was complete"
    assert release(store, team, "2026-W15").late == 5


def test_person_weeks_are_kept_as_the_release_saw_them(store: Store, team: Organisation) -> None:
    release(store, team)
    with store.reading() as session:
        query = sa.select(PersonWeekRow).where(PersonWeekRow.org_id == team.org_id)
        rows = session.scalars(query).all()
        assert len(rows) == TEAM
        assert all(row.active and row.hours == 6.0 for row in rows)
        assert sorted(row.rates["crash"][0] for row in rows) == [0.0] * 4 + [1.0] * 4


def test_a_laptop_that_changed_hands_counts_for_whoever_had_it(store: Store, team: Organisation) -> None:
    """p0's laptop becomes p1's on Wednesday: its days until then stay p0's."""
    with store.transaction() as session:
        company.hand_over(session, team.org_id, "p0", "p1", date(2026, 3, 4))
    company.send_days(
        store, team.org_id, [{"device": "p0", "date": "2026-03-05", "usage_hours": 6.0, "boot_s": 30.0}]
    )
    release(store, team)
    with store.reading() as session:
        query = sa.select(PersonWeekRow.person_id, PersonWeekRow.hours)
        found = session.execute(query.where(PersonWeekRow.org_id == team.org_id)).all()
    hours = {row.person_id: row.hours for row in found}
    assert hours[company.person_id_of(team.org_id, "p0")] == 6.0
    assert hours[company.person_id_of(team.org_id, "p1")] == 12.0


def test_nobody_is_published_below_k(store: Store, org: Organisation, team: Organisation) -> None:
    company.send_days(store, org.org_id, days(NEXT, range(4)))
    release(store, team)
    made = release(store, team, NEXT)
    assert (made.base, made.gauges, made.rates) == ({}, {}, {})


def test_by_hand_the_missed_weeks_before_are_released_too(store: Store, team: Organisation) -> None:
    org_id = team.org_id
    with pytest.raises(NotDue):
        list(release_up_to(store, org_id, WEEK, CUT_OFF - timedelta(minutes=1)))
    with pytest.raises(NotDue):
        list(release_up_to(store, org_id, "2026-W09", CUT_OFF))
    done = list(release_up_to(store, org_id, NEXT, CUT_OFF + timedelta(weeks=1)))
    assert [found.release.week for found in done] == [WEEK, NEXT]
    with pytest.raises(AlreadyReleased):
        list(release_up_to(store, org_id, NEXT, CUT_OFF + timedelta(weeks=1)))
