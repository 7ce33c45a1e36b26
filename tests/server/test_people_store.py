"""What an import changes in the directory, on both databases: nothing that was true is overwritten."""

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.commands.people import people as people_command
from server.db import Store
from server.people import queries
from server.people.csv_import import read_people
from server.people.models import AssignmentRow, Organisation
from server.people.organisations import MAIN, create_organisation
from server.people.stages import Assignment, Person, stage_on
from server.people.store import Imported, person_id_of, save_inventory, save_people

FEBRUARY = date(2026, 2, 2)


def bring_in(store: Store, org: Organisation, text: str, today: date = FEBRUARY) -> Imported:
    read = read_people(text.encode())
    assert not read.faults
    with store.transaction() as session:
        return save_people(session, org.org_id, read, today)


def person(store: Store, org: Organisation, employee_id: str) -> Person:
    with store.reading() as session:
        found = queries.directory(session, org.org_id).people
    return next(p for p in found if p.id == str(person_id_of(org.org_id, employee_id)))


def test_a_changed_team_begins_on_its_day_and_ends_the_old_one(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,unit,team,hire\n7,Sales,North,2024-01-08\n")
    again = bring_in(store, org, "employee_id,team,assignment_from\n7,South,2026-03-02\n")
    assert again == Imported(new=0, changed=1, unchanged=0, placed=1, elsewhere=0)
    assert person(store, org, "7").assignments == (
        Assignment(date(2024, 1, 8), "Sales", "North"),
        Assignment(date(2026, 3, 2), "Sales", "South"),
    )
    with store.reading() as session:
        query = sa.select(AssignmentRow.assignment_to).where(AssignmentRow.org_id == org.org_id)
        ends = session.scalars(query.order_by(AssignmentRow.assignment_from)).all()
    assert list(ends) == [date(2026, 3, 1), None]


def test_the_same_file_twice_changes_nothing(store: Store, org: Organisation) -> None:
    text = (
        "employee_id,unit,team,branch,hire,absence_from,absence_to,role_change,partner_team\n"
        "7,Sales,North,b1,2024-01-08,2026-01-05,2026-01-09,2025-05-01,South\n"
        "8,Sales,South,b1,,,,,\n"
    )
    assert bring_in(store, org, text) == Imported(2, 0, 0, 0, 0)
    before = person(store, org, "7")
    assert bring_in(store, org, text, date(2026, 2, 9)) == Imported(0, 0, 2, 0, 0)
    assert person(store, org, "7") == before


def test_the_same_first_day_corrects_a_team(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,team,assignment_from\n7,Nort,2026-01-05\n")
    bring_in(store, org, "employee_id,team,assignment_from\n7,North,2026-01-05\n")
    assert person(store, org, "7").assignments == (Assignment(date(2026, 1, 5), "North", "North"),)


def test_a_team_told_late_goes_between_two_others(store: Store, org: Organisation) -> None:
    head = "employee_id,team,assignment_from\n"
    bring_in(store, org, head + "7,A,2025-01-01\n")
    bring_in(store, org, head + "7,C,2026-06-01\n")
    bring_in(store, org, head + "7,B,2026-01-01\n")
    bring_in(store, org, head + "7,Z,2024-01-01\n")
    assert [(a.since, a.team) for a in person(store, org, "7").assignments] == [
        (date(2024, 1, 1), "Z"),
        (date(2025, 1, 1), "A"),
        (date(2026, 1, 1), "B"),
        (date(2026, 6, 1), "C"),
    ]


def test_columns_the_file_lacks_stay_and_empty_cells_empty(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,name,site,hire,notice_known\n7,Åsa,Oslo,2024-01-08,2026-01-02\n")
    bring_in(store, org, "employee_id,site,notice_known\n7,Bergen,\n")
    with store.reading() as session:
        row = queries.person_by_employee_id(session, org.org_id, "7")
        assert row is not None
        kept = (row.name, row.site, row.hire, row.notice_known)
        assert queries.person_by_employee_id(session, org.org_id, "8") is None
    assert kept == ("Åsa", "Bergen", date(2024, 1, 8), None)


@pytest.mark.parametrize(
    ("columns", "values", "stage"),
    [
        ("hire", "", "steady"),  # nobody knows when they began
        ("hire", "2026-01-20", "onboarding"),
        ("hire,notice_known,last_day", "2020-01-01,2026-01-20,2026-04-30", "offboarding"),
        ("hire,notice,last_day", "2020-01-01,2026-01-20,2026-02-28", "steady"),  # not known to the person
        ("hire,last_day,last_day_known", "2020-01-01,2026-02-28,2020-01-01", "offboarding"),
        ("hire,last_day,last_day_known", "2020-01-01,2026-04-30,2020-01-01", "steady"),
        ("hire,notice,notice_known", "2020-01-01,2026-01-20,2026-02-03", "steady"),  # known tomorrow
        ("hire,role_change", "2020-01-01,2026-01-20", "role_change"),
        ("hire,absence_from,absence_to", "2020-01-01,2025-10-01,2026-01-19", "role_change"),
        ("hire,absence_from,absence_to", "2020-01-01,2025-12-01,2026-01-19", "steady"),
    ],
)
def test_the_stage_follows_from_the_days_of_the_file(
    sqlite_store: Store, columns: str, values: str, stage: str
) -> None:
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", FEBRUARY)
    bring_in(sqlite_store, org, f"employee_id,{columns}\n7,{values}\n")
    assert stage_on(person(sqlite_store, org, "7"), FEBRUARY) == stage


def test_partners_of_the_named_teams_are_those_of_the_file(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,team,partner_team\n1,A,B\n2,C,D\n")
    bring_in(store, org, "employee_id,team,partner_team\n1,A,E\n")
    bring_in(store, org, "employee_id,unit,partner_unit\n3,U,V\n")
    with store.reading() as session:
        found = queries.partners(session, org.org_id)
    assert found.teams == {frozenset("AE"), frozenset("CD")}
    assert found.units == {frozenset("UV")}


def test_the_branch_of_a_team_is_that_of_most_of_its_people(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,team,branch\n1,A,x\n2,A,y\n3,A,y\n4,B,z\n5,B,x\n6,C,\n")
    with store.reading() as session:
        assert queries.branches(session, org.org_id, FEBRUARY) == {"A": "y", "B": "x"}


def test_people_whom_the_file_does_not_name_stay(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,team\n1,A\n2,A\n3,A\n")
    assert bring_in(store, org, "employee_id,team\n1,A\n4,A\n") == Imported(1, 0, 1, 0, 2)


def test_one_organisation_does_not_see_another(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        other = create_organisation(session, "other", "Other", FEBRUARY)
    bring_in(store, org, "employee_id,team\n1,A\n")
    bring_in(store, other, "employee_id,team\n1,B\n")
    with store.reading() as session:
        [mine] = queries.directory(session, org.org_id).people
        [theirs] = queries.directory(session, other.org_id).people
    assert (mine.assignments[0].team, theirs.assignments[0].team) == ("A", "B")
    assert mine.id != theirs.id


def test_a_laptop_changes_hands_from_a_day_on(store: Store, org: Organisation) -> None:
    first, second = uuid4(), uuid4()
    march = date(2026, 3, 2)
    with store.transaction() as session:
        assert save_inventory(session, org.org_id, {"SN1": first, "SN2": second}, FEBRUARY) == 2
        assert save_inventory(session, org.org_id, {"SN1": second, "SN2": second}, march) == 1
    with store.reading() as session:

        def owner(day: date) -> object:
            return queries.owner_of_serial(session, org.org_id, "SN1", day)

        owners = [owner(day) for day in (date(2026, 2, 1), FEBRUARY, date(2026, 3, 1), march)]
    assert owners == [None, first, first, second]


@pytest.fixture
def data(tmp_path: Path, sqlite_store: Store) -> Path:
    with sqlite_store.transaction() as session:
        create_organisation(session, MAIN, "Main", FEBRUARY)
    return tmp_path  # where the store's file is


def test_the_command_imports_all_or_nothing_and_says_why(data: Path, sqlite_store: Store) -> None:
    file = data / "people.csv"
    file.write_text("employee_id,hire\n7,2024-01-08\n8,soon\n")

    def run(*options: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(
            people_command, ["import", str(file), "--data", str(data), *options], catch_exceptions=False
        )
        return result.exit_code, result.stdout, result.stderr

    code, out, err = run()
    assert (code, out) == (1, "")
    assert "line 3: hire: “soon” is not a date" in err
    assert "Nothing was imported: 1 fault." in err
    code, out, err = run("--partial")
    assert (code, out) == (1, "")
    assert "1 person imported into “main”: 1 new" in err
    file.write_text("employee_id,hire\n8,2026-02-02\n")
    code, out, err = run()
    assert code == 0
    assert "1 known person is not in the file." in err


def test_a_file_that_is_not_there_is_one_sentence(data: Path) -> None:
    result = CliRunner().invoke(people_command, ["import", str(data / "none.csv"), "--data", str(data)])
    assert result.exit_code == 2
    assert result.stderr == f"dex-server: {data / 'none.csv'} cannot be read: No such file or directory.\n"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(told=st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ABC")), min_size=1, max_size=8))
def test_places_follow_each_other_without_gap_in_whatever_order_they_are_told(
    sqlite_store: Store, told: list[tuple[int, str]]
) -> None:
    """What was told last about a day holds from that day until the next day of which something was told."""
    with sqlite_store.transaction() as session:
        org = create_organisation(session, f"org-{uuid4().hex}", "Any", FEBRUARY)
    teams: dict[date, str] = {}
    for days, team in told:
        day = FEBRUARY + timedelta(days=days)
        bring_in(sqlite_store, org, f"employee_id,team,assignment_from\n7,{team},{day}\n")
        begun = [teams[known] for known in sorted(teams) if known <= day]
        if (begun[-1] if begun else teams[min(teams)] if teams else None) != team:
            teams[day] = team
    with sqlite_store.reading() as session:
        query = sa.select(AssignmentRow).where(AssignmentRow.org_id == org.org_id)
        rows = session.scalars(query.order_by(AssignmentRow.assignment_from)).all()
        assert {row.assignment_from: row.team for row in rows} == teams
        ends = [row.assignment_to for row in rows]
    assert ends == [day - timedelta(days=1) for day in sorted(teams)[1:]] + [None]
