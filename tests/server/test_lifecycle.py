"""How joining, moving and leaving goes: for one person, as it is released, and from the store."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import company
import pytest
import sqlalchemy as sa

from server.access.closing import close_access
from server.db import Store
from server.lifecycle.models import RequiredApplicationRow
from server.people.models import Organisation
from server.people.store import person_id_of
from server.people.working_days import EVERYWHERE, Calendar, OwnDay
from server.privacy.lifecycle_figures import GroupFigure, Lifecycle, MedianFigure, PartFigure, lifecycle_of
from server.privacy.lifecycle_job import cut_off, pass_over_periods, release_lifecycle_of
from server.privacy.lifecycle_models import LifecycleSumRow
from server.privacy.lifecycle_outcomes import (
    DAY_ONE,
    LEFT,
    MOVED,
    PRODUCTIVE,
    Held,
    Outcome,
    Traces,
    Use,
    day_one,
    first_working_day,
    left,
    moved,
    productive,
)
from server.privacy.lifecycle_release import (
    Passed,
    Period,
    make_lifecycle_period,
    median_of,
    period_on,
    rank_of_interval,
)
from server.privacy.lifecycle_store import broken_periods, save_period
from server.rights.restricted import restrict
from server.scoring.wilson import wilson

MONDAY = date(2026, 3, 2)
_DAY = timedelta(days=1)
WEEKDAYS = Calendar()
APP = "firefox"


def use(day: date, hours: float = 6.0, undisturbed: float = 0.99) -> Use:
    return Use(day, hours, undisturbed)


def test_day_one_is_ready_with_laptop_sign_in_and_applications_on_time() -> None:
    ready = Traces(
        laptops=[Held(MONDAY, None, MONDAY)], days=[use(MONDAY)], applications={APP: MONDAY + 4 * _DAY}
    )
    found = day_one(MONDAY, {APP}, ready, WEEKDAYS)
    assert found == Outcome({"ready": True, "laptop": True, "signed_in": True, "applications": True}, 0)


def test_day_one_names_what_was_late_and_by_how_many_working_days() -> None:
    next_monday = MONDAY + 7 * _DAY
    late = Traces(
        laptops=[Held(MONDAY, None, MONDAY)], days=[use(next_monday)], applications={APP: next_monday}
    )
    found = day_one(MONDAY, {APP}, late, WEEKDAYS)
    assert found == Outcome({"ready": False, "laptop": True, "signed_in": False, "applications": False}, 5)


def test_who_is_hired_on_a_free_day_begins_on_the_next_working_day() -> None:
    free = Calendar(own_days={(EVERYWHERE, MONDAY): OwnDay("Founder's day")})
    assert first_working_day(MONDAY - _DAY, None, free) == MONDAY + _DAY
    tuesday = MONDAY + _DAY
    found = day_one(
        MONDAY - _DAY, (), Traces(laptops=[Held(MONDAY, None, tuesday)], days=[use(tuesday)]), free
    )
    assert found is not None
    assert found.parts["ready"]
    assert found.days == 0


def test_somebody_without_a_laptop_is_no_joiner_of_it_and_one_whose_laptop_waits_is() -> None:
    assert day_one(MONDAY, (), Traces(), WEEKDAYS) is None
    found = day_one(MONDAY, (), Traces(laptops=[Held(MONDAY, None, None)]), WEEKDAYS)
    assert found is not None
    assert not found.parts["laptop"]
    assert found.days is None


def test_productive_is_the_first_day_with_four_hours_without_disturbance() -> None:
    days = [use(MONDAY, 3.9), use(MONDAY + _DAY, 6, 0.94), use(MONDAY + 4 * _DAY), use(MONDAY + 7 * _DAY)]
    found = productive(MONDAY, Traces(days=days), WEEKDAYS)
    assert found == Outcome({"within_5_days": True, "within_10_days": True}, 5)
    never = productive(MONDAY, Traces(days=[use(MONDAY, 3), use(MONDAY + 22 * _DAY)]), WEEKDAYS)
    assert never == Outcome({"within_5_days": False, "within_10_days": False})
    assert productive(MONDAY, Traces(days=[use(MONDAY - _DAY)]), WEEKDAYS) is None


def test_a_move_is_ready_with_a_laptop_and_what_the_new_team_needs() -> None:
    had = Traces(laptops=[Held(MONDAY - 90 * _DAY, None, MONDAY - 90 * _DAY)])
    assert moved(MONDAY, (), had, WEEKDAYS) == Outcome({"ready": True, "laptop": True, "applications": True})
    found = moved(MONDAY, {APP}, had, WEEKDAYS)
    assert found == Outcome({"ready": False, "laptop": True, "applications": False})
    later = Traces(laptops=[Held(MONDAY + _DAY, None, MONDAY)])
    assert moved(MONDAY, (), later, WEEKDAYS) == Outcome(
        {"ready": False, "laptop": False, "applications": True}
    )
    assert moved(MONDAY, (), Traces(), WEEKDAYS) is None


GONE: dict[str, Any] = {
    "laptops": [Held(MONDAY - 90 * _DAY, None, MONDAY - 90 * _DAY, back=True)],
    "days": [use(MONDAY - _DAY)],
    "access_closed": MONDAY,
    "known": MONDAY - 60 * _DAY,
}


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("silent", {"days": [use(MONDAY - _DAY), use(MONDAY + 7 * _DAY)]}),
        ("returned", {"laptops": [Held(MONDAY - 90 * _DAY, None, MONDAY - 90 * _DAY)]}),
        ("access_closed", {"access_closed": None}),
    ],
)
def test_leaving_is_complete_when_each_part_is(part: str, instead: Mapping[str, Any]) -> None:
    complete = left(MONDAY, Traces(**GONE))
    assert complete is not None
    assert all(complete.parts.values())
    found = left(MONDAY, Traces(**{**GONE, **instead}))
    assert found is not None
    assert [name for name, holds in found.parts.items() if not holds] == ["complete", part]


@pytest.mark.parametrize(
    "instead",
    [
        {"access_closed": MONDAY - 3 * _DAY},
        {"known": MONDAY - 2 * _DAY},
        {"days": [use(MONDAY - 4 * _DAY)]},
    ],
)
def test_who_goes_can_be_asked_while_at_work_with_access_and_knowing(instead: Mapping[str, Any]) -> None:
    found = left(MONDAY, Traces(**{**GONE, **instead}))
    assert found is not None
    assert [name for name, holds in found.parts.items() if not holds] == ["could_be_asked"]


def test_a_laptop_given_back_in_the_last_week_counts_as_returned() -> None:
    given_back = [Held(MONDAY - 90 * _DAY, MONDAY - 3 * _DAY, MONDAY - 90 * _DAY)]
    found = left(MONDAY, Traces(**{**GONE, "laptops": given_back}))
    assert found is not None
    assert found.parts["complete"]


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 1, 31), date(2026, 1, 1), date(2026, 2, 28)),
        (date(2026, 8, 31), date(2026, 7, 1), date(2026, 8, 31)),
        (date(2026, 12, 31), date(2026, 11, 1), date(2026, 12, 31)),
    ],
)
def test_periods_are_pairs_of_months(day: date, first: date, last: date) -> None:
    assert period_on(day) == Period(first, last)


def test_every_period_is_released_before_its_first_rows_may_be_deleted() -> None:
    for month in range(1, 13, 2):
        period = period_on(date(2027, month, 1))
        assert (cut_off(period).date() - period.first).days < 90


def test_the_interval_of_a_median_never_ends_at_the_fastest_or_slowest_two() -> None:
    assert [rank_of_interval(n) for n in (5, 6, 9, 12, 20)] == [1, 1, 2, 3, 6]
    found = median_of(PRODUCTIVE, [*range(1, 12), None])
    assert (found.median, found.low, found.high) == (6, 3, 10)
    beyond = median_of(PRODUCTIVE, [1, 2, 3, 4, *[None] * 8])
    assert (beyond.median, beyond.low, beyond.high) == (None, 3, None)


def test_the_interval_of_a_share_holds_at_its_ends() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def joined(unit: str | None, good: bool, number: int = 1) -> list[Passed]:
    return [Passed(PRODUCTIVE, unit, Outcome({"within_5_days": good, "within_10_days": True}, 1))] * number


def test_no_sum_of_what_is_released_narrows_to_fewer_than_k() -> None:
    """All differences of the groups of a figure, for all ways to spread fifteen people over three units."""
    for a in range(16):
        for b in range(16 - a):
            passed = joined("A", True, a) + joined("B", False, b) + joined(None, True, 15 - a - b)
            release = make_lifecycle_period(period_on(MONDAY), passed, 5)
            sizes = {one.unit: one.n for one in release.sums if one.part == "within_5_days"}
            company_n = sizes.pop("")
            for number in range(len(sizes) + 1):
                for units in combinations(sizes.values(), number):
                    assert company_n - sum(units) == 0 or company_n - sum(units) >= 5
            assert all(n >= 5 for n in sizes.values())


def test_a_figure_of_too_few_people_is_not_released() -> None:
    assert make_lifecycle_period(period_on(MONDAY), joined("A", True, 4), 5).sums == ()
    eleven = make_lifecycle_period(period_on(MONDAY), joined("A", True, 11), 5)
    assert eleven.sums
    assert eleven.medians == ()


JOINERS = [f"j{number}" for number in range(6)]
LEAVERS = [f"l{number}" for number in range(6)]
HIRE, LAST_DAY, MOVE = date(2026, 3, 2), date(2026, 3, 27), date(2026, 3, 9)
BEGAN = date(2025, 6, 2)
NOW = cut_off(period_on(HIRE))


@pytest.fixture
def lives(store: Store, org: Organisation) -> Organisation:
    """Six who join, of whom one never signs in; six who leave, one of them still with access; six who move to
    another team, one by one."""
    movers = [f"m{number}" for number in range(6)]
    people: list[dict[str, Any]] = [{"person": name, "hire": HIRE} for name in JOINERS]
    known = str(LAST_DAY - 40 * _DAY)
    people += [{"person": name, "hire": BEGAN, "last_day": LAST_DAY, "known": known} for name in LEAVERS]
    people += [{"person": name, "hire": BEGAN} for name in movers]
    places = [
        {"person": one["person"], "from": one["hire"], "unit": "Sales", "team": f"T{number % 6}"}
        for number, one in enumerate(people)
    ]
    places += [
        {"person": name, "from": MOVE + number * _DAY, "unit": "Sales", "team": "T9"}
        for number, name in enumerate(movers)
    ]
    with store.transaction() as session:
        company.bring_in_people(session, org, people, places)
        for name in JOINERS:
            company.enrol(session, org.org_id, name, name, HIRE, HIRE)
        for name in (*LEAVERS, *movers):
            gone = LAST_DAY if name in LEAVERS else None
            company.enrol(session, org.org_id, name, name, BEGAN, BEGAN, gone)
        for name in LEAVERS[1:]:
            close_access(session, org.org_id, person_id_of(org.org_id, name), LAST_DAY)
    days = [company.good_day(name, HIRE) for name in JOINERS[1:]]
    days += [company.good_day(name, LAST_DAY) for name in LEAVERS]
    days += [company.good_day(movers[0], date(2026, 3, 1))]
    company.send_days(store, org.org_id, days)
    with store.transaction() as session:
        session.get_one(Organisation, org.org_id).created_on = date(2026, 3, 1)
    return org


def company_parts(found: Lifecycle, figure: str) -> dict[str, int]:
    group = groups_of(found, figure)[0]
    assert group.unit is None
    assert group.people == "6"
    return {part.part: part.percent for part in group.parts}


def groups_of(found: Lifecycle, figure: str) -> list[GroupFigure]:
    assert found.year is not None
    return next(one.groups for one in found.year.figures if one.figure == figure)


def released(store: Store, org: Organisation, now: datetime = NOW) -> Lifecycle:
    release_lifecycle_of(store, org.org_id, now)
    with store.reading() as session:
        return lifecycle_of(session, org.org_id, exact=True)


def test_a_period_is_released_from_the_store(store: Store, lives: Organisation) -> None:
    found = released(store, lives)
    assert company_parts(found, DAY_ONE) == {"ready": 83, "laptop": 100, "signed_in": 83, "applications": 100}
    assert company_parts(found, MOVED) == {"ready": 100, "laptop": 100, "applications": 100}
    assert company_parts(found, LEFT) == {
        "complete": 83,
        "silent": 100,
        "returned": 100,
        "access_closed": 83,
        "could_be_asked": 100,
    }
    [productive_group, unit] = groups_of(found, PRODUCTIVE)
    assert (productive_group.people, productive_group.unit) == ("5", None)
    assert (unit.people, unit.unit) == ("5", "Sales")


def test_somebody_who_moves_twice_counts_once(store: Store, lives: Organisation) -> None:
    with store.transaction() as session:
        org = session.get_one(Organisation, lives.org_id)
        again = {"person": "m0", "from": MOVE + 30 * _DAY, "unit": "Sales", "team": "T10"}
        company.bring_in_people(session, org, [{"person": "m0", "hire": BEGAN}], [again])
    assert company_parts(released(store, lives), MOVED)["laptop"] == 100


def test_a_required_application_that_was_never_in_front_is_missed(store: Store, lives: Organisation) -> None:
    with store.transaction() as session:
        session.add(RequiredApplicationRow(org_id=lives.org_id, team="T9", app=APP))
    found = released(store, lives)
    assert company_parts(found, MOVED)["applications"] == 0
    assert company_parts(found, DAY_ONE)["applications"] == 100


def test_a_restricted_person_does_not_count(store: Store, lives: Organisation) -> None:
    with store.transaction() as session:
        restrict(session, lives.org_id, person_id_of(lives.org_id, JOINERS[0]), HIRE)
    [everybody, *_] = groups_of(released(store, lives), DAY_ONE)
    assert everybody.people == "5"


def test_a_period_is_released_once_after_its_time(store: Store, lives: Organisation) -> None:
    assert release_lifecycle_of(store, lives.org_id, NOW - timedelta(seconds=1)) == []
    [first] = release_lifecycle_of(store, lives.org_id, NOW)
    assert (first.first, first.last) == (date(2026, 3, 1), date(2026, 4, 30))
    assert release_lifecycle_of(store, lives.org_id, NOW) == []


def test_a_period_whose_rows_may_be_gone_is_released_without_a_number(
    store: Store, lives: Organisation
) -> None:
    [late] = release_lifecycle_of(store, lives.org_id, NOW + 30 * _DAY)
    assert late.sums == ()


def test_a_restored_store_passes_over_what_may_have_been_released(store: Store, lives: Organisation) -> None:
    with store.transaction() as session:
        pass_over_periods(session, session.get_one(Organisation, lives.org_id), NOW)
    found = released(store, lives)
    assert found.year is not None
    assert groups_of(found, DAY_ONE) == []


def test_a_changed_period_is_found(store: Store, lives: Organisation) -> None:
    release_lifecycle_of(store, lives.org_id, NOW)
    with store.transaction() as session:
        assert broken_periods(session, lives.org_id) == []
        session.execute(sa.update(LifecycleSumRow).where(LifecycleSumRow.org_id == lives.org_id).values(y=0))
        assert broken_periods(session, lives.org_id) == [date(2026, 3, 1)]


def test_sums_of_periods_add_up_over_a_year(store: Store, org: Organisation) -> None:
    first, second = period_on(MONDAY), period_on(MONDAY + 62 * _DAY)
    with store.transaction() as session:
        for period, good in ((first, True), (second, False)):
            release = make_lifecycle_period(period, joined("A", good, 15), 5)
            save_period(session, org.org_id, release, period.last)
    with store.reading() as session:
        found = lifecycle_of(session, org.org_id, exact=True)
    assert found.year is not None
    assert (found.year.first, found.year.last) == (first.first, second.last)
    [everybody, *_] = groups_of(found, PRODUCTIVE)
    assert (everybody.people, everybody.parts[0].percent) == ("30", 50)
    with store.reading() as session:
        rough = lifecycle_of(session, org.org_id)
    assert rough.year is not None
    [everybody, *_] = groups_of(rough, PRODUCTIVE)
    assert (everybody.people, everybody.parts[0]) == ("20-49", PartFigure("within_5_days", 50, 30, 70))
    assert [span.first for span in found.periods] == [second.first, first.first]
    assert all(span.figures[1].median == MedianFigure("15", 1, 1, 1) for span in found.periods)
    assert found.year.figures[1].median is None


def test_changed_numbers_have_another_digest() -> None:
    releases = [make_lifecycle_period(period_on(MONDAY), joined("A", good, 5), 5) for good in (True, False)]
    assert releases[0].digest() != releases[1].digest()
