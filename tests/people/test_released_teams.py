"""A score of last March has the teams of last March, whatever is told about them afterwards."""

from datetime import date, timedelta

import company
import pytest

from server.db import Store
from server.people.changes import Telling
from server.people.csv_import import read_people
from server.people.models import Organisation
from server.people.queries import directory
from server.people.stages import Member, members_of_week
from server.people.store import person_id_of, save_people
from server.people.weeks import monday_of
from server.privacy.people_of_week import Facts, HeldDevice, people_of_week
from server.privacy.records import Release
from server.privacy.release_store import load_releases
from server.privacy.weekly import release_week

MARCH, NEXT, MAY = "2026-W10", "2026-W11", "2026-W20"
LONG_AGO = date(2020, 1, 6)
TEAM = 9


@pytest.fixture
def two_teams(store: Store, org: Organisation) -> Organisation:
    """Nine in North and nine in South, who used their laptops in weeks 10, 11 and 20."""
    people = [{"person": f"p{number}", "hire": str(LONG_AGO)} for number in range(2 * TEAM)]
    places = [
        {
            "person": person["person"],
            "from": str(LONG_AGO),
            "unit": "Sales",
            "team": "North" if n < TEAM else "South",
        }
        for n, person in enumerate(people)
    ]
    with store.transaction() as session:
        company.bring_in_people(session, org, people, places)
        for person in people:
            company.enrol(session, org.org_id, person["person"], person["person"], LONG_AGO, LONG_AGO)
    for week in (MARCH, NEXT, MAY):
        days = [company.good_day(person["person"], monday_of(week)) for person in people]
        company.send_days(store, org.org_id, days)
    return org


def tell(store: Store, org: Organisation, text: str, today: date, telling: Telling | None = None) -> None:
    with store.transaction() as session:
        save_people(session, org.org_id, read_people(text.encode()), today, telling)


def release(store: Store, org: Organisation, week: str) -> Release:
    return release_week(store, org.org_id, week, company.after(week)).release


def sizes(made: Release) -> dict[str, int]:
    return {group: base.n for group, base in made.base.items() if group.startswith("team:")}


def test_a_released_week_stays_and_a_week_that_is_released_late_has_the_teams_of_its_time(
    store: Store, two_teams: Organisation
) -> None:
    made = release(store, two_teams, MARCH)
    assert sizes(made) == {"team:North": TEAM, "team:South": TEAM}
    movers = "".join(f"p{number},South,2026-05-04\n" for number in range(2))
    tell(store, two_teams, f"employee_id,team,assignment_from\n{movers}", date(2026, 5, 4))
    assert sizes(release(store, two_teams, NEXT)) == sizes(made), "released in May, about March"
    assert sizes(release(store, two_teams, MAY)) == {"team:North": TEAM - 2, "team:South": TEAM + 2}
    with store.reading() as session:
        assert load_releases(session, two_teams.org_id, [MARCH]) == [made]


def test_a_correction_of_the_past_changes_weeks_that_are_not_released_and_no_other(
    store: Store, two_teams: Organisation
) -> None:
    made = release(store, two_teams, MARCH)
    wrong = "employee_id,team\np0,South\np1,South\n"
    tell(store, two_teams, wrong, date(2026, 3, 12), Telling(correct=True))
    assert sizes(release(store, two_teams, NEXT)) == {"team:North": TEAM - 2, "team:South": TEAM + 2}
    with store.reading() as session:
        assert load_releases(session, two_teams.org_id, [MARCH]) == [made]


def members(store: Store, org: Organisation, week: str) -> list[Member]:
    with store.reading() as session:
        return members_of_week(directory(session, org.org_id).people, week)


def test_contractors_and_people_without_or_with_several_laptops(store: Store, org: Organisation) -> None:
    """All are members and make a group as large as it is; who has no laptop is not expected to be counted."""
    text = (
        "employee_id,team,hire,last_day,last_day_known\n"
        "contractor,North,2026-01-05,2026-03-20,2026-01-05\n"
        "without,North,2020-01-06,,\n"
        "several,North,2020-01-06,,\n"
    )
    tell(store, org, text, date(2026, 2, 2))
    found = {member.id: member for member in members(store, org, MARCH)}
    ids = {name: str(person_id_of(org.org_id, name)) for name in ("contractor", "without", "several")}
    assert {name: found[person].stage for name, person in ids.items()} == {
        "contractor": "offboarding",
        "without": "steady",
        "several": "steady",
    }
    held = HeldDevice(LONG_AGO, enrolled=LONG_AGO)
    devices = {ids["contractor"]: [held], ids["several"]: [held, held]}
    with store.reading() as session:
        people = directory(session, org.org_id).people
    rows = people_of_week(people, MARCH, {}, Facts({}, devices))
    outcome = {person.id: (row.outcome, row.eligible) for person, row in zip(people, rows, strict=True)}
    assert {name: outcome[person] for name, person in ids.items()} == {
        "contractor": ("nothing_on_time", True),
        "without": ("no_device", False),
        "several": ("nothing_on_time", True),
    }
    later = {member.id for member in members(store, org, "2026-W13")}
    assert later == {ids["without"], ids["several"]}
    assert monday_of("2026-W13") - timedelta(days=3) == date(2026, 3, 20)
