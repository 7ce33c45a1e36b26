"""A user and a person are one: found, never doubled, moved from a day on, ended and brought back."""

from datetime import date

import pytest
from conftest import SettableClock
from scim_directory import Directory, People, noon

from server.access.closing import closed_since
from server.people.csv_import import read_people
from server.people.fields import ENTERPRISE, LIFECYCLE
from server.people.sign_in_names import people_by_digest
from server.people.store import save_people

CSV = (
    b"employee_id,name,email,unit,team,hire,manager\n"
    b"E1,Anna One,Anna.One@example.org,Sales,North,2024-01-08,E2\n"
    b"E2,Ben Two,ben@example.org,Sales,North,2020-01-06,\n"
)


@pytest.fixture
def from_a_file(people: People, clock: SettableClock) -> None:
    with people.store.transaction() as session:
        save_people(session, people.org_id, read_people(CSV), clock().date())


@pytest.mark.usefixtures("from_a_file")
@pytest.mark.parametrize(
    "told",
    [
        {"externalId": "E1"},
        {"externalId": "00u1", "enterprise": {"employeeNumber": "E1"}},
        {"externalId": "00u1", "emails": [{"value": "anna.one@example.org", "type": "work"}]},
        {"userName": "Anna.One@example.org"},
    ],
    ids=["external id", "employee number", "address", "user name"],
)
def test_somebody_from_a_file_is_found_and_keeps_what_the_directory_does_not_tell(
    directory: Directory, people: People, told: dict[str, object]
) -> None:
    if "emails" in told:  # addresses are compared as they are written, or in small letters
        with people.store.transaction() as session:
            lower = CSV.replace(b"Anna.One@", b"anna.one@")
            save_people(session, people.org_id, read_people(lower), date(2026, 3, 4))
    anna = directory.create(**{"userName": "a1@example.org", **told})
    assert people.count() == 2
    row = people.row(anna)
    assert (row.employee_id, row.name, row.hire, row.manager) == ("E1", "Anna One", date(2024, 1, 8), "E2")
    assert people.teams(anna) == [("2024-01-08", "Sales", "North")]
    directory.patch(anna, {"op": "replace", "path": "title", "value": "Clerk"})
    directory.ask("PUT", f"/Users/{anna}", directory.get(f"/Users/{anna}"))
    assert people.row(anna).hire == date(2024, 1, 8)


def test_nobody_is_doubled(directory: Directory, people: People) -> None:
    anna = directory.create(userName="anna@example.org", externalId="1")
    again = directory.ask("POST", "/Users", {"userName": "other@example.org", "externalId": "1"})
    assert (again.status_code, again.json["scimType"]) == (409, "uniqueness")
    assert directory.ask("DELETE", f"/Users/{anna}").status_code == 204
    assert directory.create(userName="anna@example.org", externalId="1") == anna
    assert (people.count(), people.row(anna).last_day) == (1, None)


def test_an_account_that_comes_after_the_last_day_brings_the_person_back(
    directory: Directory, people: People, clock: SettableClock
) -> None:
    told = {"userName": "anna@example.org", "externalId": "1"}
    anna = directory.create(**told, lifecycle={"hire": "2020-01-06"})
    directory.ask("DELETE", f"/Users/{anna}")
    clock.now = noon("2026-10-01")
    assert directory.create(**told, lifecycle={"hire": "2026-10-01"}) == anna
    assert people.stage(anna, "2026-10-02") == "onboarding"


def test_a_place_that_is_still_to_come_is_corrected_and_one_that_holds_is_ended(
    directory: Directory, people: People, clock: SettableClock
) -> None:
    joins = directory.create(
        userName="a@example.org", enterprise={"department": "North"}, lifecycle={"hire": "2026-04-01"}
    )
    directory.patch(joins, {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "West"})
    assert people.teams(joins) == [("2026-04-01", None, "West")]
    clock.now = noon("2026-05-04")
    directory.patch(
        joins,
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "South"},
        {"op": "add", "path": f"{LIFECYCLE}:assignmentFrom", "value": "2026-07-01"},
    )
    assert people.teams(joins) == [("2026-04-01", None, "West"), ("2026-07-01", None, "South")]


def test_the_first_day_of_a_place_is_not_that_of_the_next_one(
    directory: Directory, people: People, clock: SettableClock
) -> None:
    """A directory that told it once and then moves somebody does not mean that they were there all along."""
    anna = directory.create(
        userName="a@example.org",
        enterprise={"department": "North"},
        lifecycle={"hire": "2020-01-06", "assignmentFrom": "2024-01-08"},
    )
    clock.now = noon("2026-05-04")
    directory.patch(anna, {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "South"})
    assert people.teams(anna) == [("2024-01-08", None, "North"), ("2026-05-04", None, "South")]


def test_absences_and_role_changes_add_up(directory: Directory, people: People) -> None:
    anna = directory.create(userName="a@example.org", lifecycle={"hire": "2020-01-06"})
    for first, last in (("2026-03-09", "2026-03-13"), ("2026-05-04", "2026-08-28")):
        directory.patch(
            anna,
            {"op": "add", "path": f"{LIFECYCLE}:absenceFrom", "value": first},
            {"op": "add", "path": f"{LIFECYCLE}:absenceTo", "value": last},
        )
    directory.patch(anna, {"op": "add", "path": f"{LIFECYCLE}:roleChange", "value": "2026-04-01"})
    assert people.person(anna).listed_moves == (date(2026, 4, 1), date(2026, 8, 29))


def test_a_last_day_that_the_directory_told_outlives_the_account(
    directory: Directory, people: People, clock: SettableClock
) -> None:
    anna = directory.create(userName="a@example.org", lifecycle={"lastDay": "2026-06-30"})
    directory.patch(anna, {"op": "replace", "path": "active", "value": False})
    assert people.row(anna).last_day == date(2026, 6, 30)
    with people.store.reading() as session:
        assert closed_since(session, people.org_id, people.row(anna).person_id) == date(2026, 3, 4)
    directory.ask("DELETE", f"/Users/{anna}")
    assert people.row(anna).last_day == date(2026, 6, 30)


def test_an_account_made_ahead_ends_nobody(
    directory: Directory, people: People, clock: SettableClock
) -> None:
    anna = directory.create(userName="a@example.org", active=False, lifecycle={"hire": "2026-04-01"})
    with people.store.reading() as session:
        assert closed_since(session, people.org_id, people.row(anna).person_id) is not None
    clock.now = noon("2026-04-01")
    directory.patch(anna, {"op": "replace", "path": "active", "value": True})
    assert people.row(anna).last_day is None
    with people.store.reading() as session:
        assert closed_since(session, people.org_id, people.row(anna).person_id) is None


def test_a_manager_is_known_by_any_name_even_before_they_come(directory: Directory, people: People) -> None:
    told = {"externalId": "M1", "userName": "Boss@example.org"}
    early = [
        directory.create(userName=f"{number}@example.org", enterprise={"manager": name})
        for number, name in enumerate(("M1", "boss@example.org", "Boss@example.org"))
    ]
    boss = directory.create(**told, emails=[{"value": "boss@example.org", "type": "work"}])
    late = [
        directory.create(userName=f"late-{number}@example.org", enterprise={"manager": {"value": name}})
        for number, name in enumerate((boss, "M1", "BOSS@example.org"))
    ]
    assert {people.row(one).manager for one in early + late} == {"M1"}


def test_a_name_that_is_somebody_elses_does_not_take_their_people(
    directory: Directory, people: People
) -> None:
    directory.create(userName="boss@example.org", externalId="E2")
    carl = directory.create(userName="carl@example.org", enterprise={"manager": "E2"})
    directory.create(userName="E2", externalId="E9")
    assert people.row(carl).manager == "E2"


def test_the_name_of_the_account_is_the_one_at_laptops(directory: Directory, people: People) -> None:
    anna = directory.create(userName="anna.one@example.org")
    with people.store.reading() as session:
        assert people.row(anna).person_id in people_by_digest(session, people.org_id).values()
    directory.ask("DELETE", f"/Users/{anna}")
    with people.store.reading() as session:
        assert people_by_digest(session, people.org_id) == {}
