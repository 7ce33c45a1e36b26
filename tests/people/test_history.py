"""What was true stays: changes, corrections, rehires and reorganisations, on both databases."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.db import Store
from server.people import queries
from server.people.changes import Changed, Telling
from server.people.csv_import import PersonLine, read_people
from server.people.differences import told
from server.people.history_models import DirectoryChangeRow, PastSpellRow
from server.people.models import Organisation
from server.people.stages import Person, members_of_week, stage_on, true_moves
from server.people.store import Imported, compare_people, person_id_of, save_people

MARCH = date(2026, 3, 2)
_HEAD = "employee_id,unit,team,assignment_from,hire\n"


def bring_in(
    store: Store, org: Organisation, text: str, today: date = MARCH, telling: Telling | None = None
) -> Imported:
    read = read_people(text.encode())
    assert not read.faults
    with store.transaction() as session:
        return save_people(session, org.org_id, read, today, telling)


def compared(
    store: Store, org: Organisation, text: str, today: date = MARCH, telling: Telling | None = None
) -> list[str]:
    """The lines of a dry run."""
    found: list[str] = []

    def seen(line: PersonLine, changed: Changed) -> None:
        found.extend(told(line, changed))

    with store.reading() as session:
        compare_people(session, org.org_id, read_people(text.encode()), today, telling or Telling(), seen)
    return found


def person(store: Store, org: Organisation, employee_id: str = "7") -> Person:
    with store.reading() as session:
        found = queries.directory(session, org.org_id).people
    return next(p for p in found if p.id == str(person_id_of(org.org_id, employee_id)))


def teams(store: Store, org: Organisation, employee_id: str = "7") -> list[tuple[str, str | None]]:
    return [(str(place.since), place.team) for place in person(store, org, employee_id).assignments]


def noted(store: Store, org: Organisation) -> list[tuple[str, str, str, str]]:
    row = DirectoryChangeRow
    query = sa.select(row.day, row.source, row.field, row.kind).where(row.org_id == org.org_id)
    with store.reading() as session:
        return [(str(day), *rest) for day, *rest in session.execute(query.order_by(row.day, row.field))]


@pytest.mark.parametrize(
    ("correction", "after"),
    [
        ("7,South,", [("2025-01-01", "South")]),  # all along where they are now
        ("7,North,2025-03-03", [("2025-03-03", "North")]),  # North began later
        ("7,North,2024-03-04", [("2024-03-04", "North")]),  # or earlier
        ("7,South,2025-01-01", [("2025-01-01", "South")]),
        ("7,South,2025-06-02", [("2025-01-01", "North"), ("2025-06-02", "South")]),  # forgotten
    ],
)
def test_a_correction_says_what_was_so_all_along(
    store: Store, org: Organisation, correction: str, after: list[tuple[str, str]]
) -> None:
    bring_in(store, org, _HEAD + "7,Sales,North,2025-01-01,2024-01-08\n")
    text = f"employee_id,team,assignment_from\n{correction}\n"
    bring_in(store, org, text, telling=Telling(correct=True))
    assert teams(store, org) == after


def test_a_wrong_move_is_taken_back_by_a_correction_and_not_by_a_change(
    store: Store, org: Organisation
) -> None:
    head = "employee_id,team,assignment_from\n"
    bring_in(store, org, head + "7,North,2025-01-01\n8,North,2025-01-01\n")
    bring_in(store, org, head + "7,South,2026-02-02\n8,South,2026-02-02\n")
    bring_in(store, org, head + "7,North,2026-02-02\n", telling=Telling(correct=True))
    bring_in(store, org, "employee_id,team\n8,North\n")
    assert teams(store, org) == [("2025-01-01", "North")]
    assert teams(store, org, "8") == [
        ("2025-01-01", "North"),
        ("2026-02-02", "South"),
        ("2026-03-02", "North"),
    ]


def test_a_place_in_the_future_holds_from_its_day_and_the_list_of_today_does_not_undo_it(
    store: Store, org: Organisation
) -> None:
    bring_in(store, org, _HEAD + "7,Sales,North,2025-01-01,2024-01-08\n")
    bring_in(store, org, _HEAD + "7,Sales,South,2026-04-06,2024-01-08\n")
    bring_in(store, org, "employee_id,team\n7,North\n", MARCH + timedelta(days=1))
    assert teams(store, org) == [("2025-01-01", "North"), ("2026-04-06", "South")]
    assert [person(store, org).team(day) for day in (date(2026, 4, 5), date(2026, 4, 6))] == [
        "North",
        "South",
    ]


def test_who_comes_back_has_two_employments_and_a_new_clock(store: Store, org: Organisation) -> None:
    head = "employee_id,team,hire,last_day,last_day_known\n"
    bring_in(store, org, head + "7,North,2020-01-06,2026-02-13,2026-01-02\n")
    again = bring_in(store, org, "employee_id,team,hire\n7,South,2026-03-09\n")
    assert (again.rehired, again.placed, again.left) == (1, 1, 0)
    back = person(store, org)
    assert [stage_on(back, day) for day in (date(2026, 2, 13), date(2026, 2, 14), date(2026, 3, 9))] == [
        "offboarding",
        "not_started",
        "onboarding",
    ]
    assert back.team(date(2026, 2, 13)) == "North"
    assert teams(store, org)[1] == ("2026-03-09", "South")
    weeks = ["2026-W07", "2026-W08", "2026-W11"]
    assert [[m.team for m in members_of_week([back], week)] for week in weeks] == [["North"], [], ["South"]]
    with store.reading() as session:
        query = sa.select(PastSpellRow).where(PastSpellRow.org_id == org.org_id)
        [spell] = session.scalars(query)
    assert (spell.hire, spell.last_day) == (date(2020, 1, 6), date(2026, 2, 13))


def test_a_hire_day_told_wrongly_is_a_correction_and_no_return(store: Store, org: Organisation) -> None:
    bring_in(store, org, "employee_id,hire\n7,2020-01-06\n")
    assert compared(store, org, "employee_id,hire\n7,2020-01-08\n") == [
        "corrected  7  hire: 2020-01-06 → 2020-01-08"
    ]
    bring_in(store, org, "employee_id,hire\n7,2020-01-08\n")
    assert (person(store, org).hire, person(store, org).earlier) == (date(2020, 1, 8), ())


def test_a_dry_run_tells_each_change_and_writes_nothing(store: Store, org: Organisation) -> None:
    bring_in(
        store,
        org,
        "employee_id,name,unit,team,assignment_from,hire,last_day\n"
        "1,A,Sales,North,2025-01-06,2020-01-06,\n"
        "2,B,Sales,North,2025-01-06,2020-01-06,\n"
        "3,C,Sales,North,2025-01-06,2020-01-06,2026-01-31\n"
        "4,D,Sales,North,2025-01-06,2020-01-06,\n"
        "5,E,Sales,North,2025-01-06,2020-01-06,\n",
    )
    before = [teams(store, org, one) for one in "12345"], noted(store, org)
    text = (
        "employee_id,name,unit,team,assignment_from,hire,last_day,absence_from\n"
        "1,A,Sales,South,2026-04-06,2020-01-06,,\n"
        "2,B,Sales,North,2025-01-06,2020-01-06,2026-06-30,\n"
        "3,C,Sales,North,2025-01-06,2026-03-16,,\n"
        "4,Dora,Sales,Nord,2025-01-06,2020-02-03,,2026-03-09\n"
        "5,E,Sales,North,2025-01-06,2020-01-06,,\n"
        "6,F,Sales,North,,2026-05-04,,\n"
    )
    assert compared(store, org, text) == [
        "moved      1  place: Sales / North → Sales / South from 2026-04-06",
        "left       2  last_day: 2026-06-30",
        "rehired    3  hire: 2020-01-06 → 2026-03-16",
        "changed    3  last_day: 2026-01-31 → nothing",
        "changed    4  name: D → Dora",
        "corrected  4  hire: 2020-01-06 → 2020-02-03",
        "corrected  4  place: Sales / North → Sales / Nord from 2025-01-06",
        "changed    4  absence_from: 2026-03-09",
        "new        6  Sales / North from 2026-05-04",
    ]
    assert ([teams(store, org, one) for one in "12345"], noted(store, org)) == before
    counts = bring_in(store, org, text)
    assert counts == Imported(
        new=1, changed=4, unchanged=1, placed=1, elsewhere=0, corrected=1, left=1, rehired=1
    )
    assert compared(store, org, text) == []


def test_that_a_field_changed_is_noted_with_day_and_source_and_without_its_value(
    store: Store, org: Organisation
) -> None:
    bring_in(store, org, "employee_id,name,team\n7,A,North\n", telling=Telling("hr"))
    bring_in(store, org, "employee_id,name,team\n7,B,South\n", MARCH + timedelta(days=7), Telling("hr"))
    assert noted(store, org) == [
        ("2026-03-02", "hr", "person", "new"),
        ("2026-03-09", "hr", "name", "changed"),
        ("2026-03-09", "hr", "place", "moved"),
    ]


def test_a_reorganisation_that_is_told_is_nobodys_change_of_role(store: Store, org: Organisation) -> None:
    lines = "".join(f"{n},North\n" for n in range(1, 5))
    bring_in(store, org, "employee_id,team\n" + lines, date(2025, 1, 6))
    split = "employee_id,team,assignment_from\n1,East,2026-03-02\n2,East,2026-03-02\n"
    bring_in(store, org, split, telling=Telling(reorganisation=True))
    bring_in(store, org, "employee_id,team,assignment_from\n3,East,2026-03-02\n")
    with store.reading() as session:
        people = queries.directory(session, org.org_id).people
    assert true_moves(people) == {person(store, org, "3").id: [MARCH]}
    bring_in(store, org, "employee_id,team,assignment_from\n1,Ost,2026-03-02\n")
    assert person(store, org, "1").assignments[1].reorganised, "a corrected name is still no move"


def test_stages_that_hr_names_stand_in_place_of_the_days(store: Store, org: Organisation) -> None:
    head = "employee_id,hire,stage,stage_from\n"
    bring_in(store, org, head + "7,2026-02-23,training,2026-01-05\n")
    bring_in(store, org, "employee_id,stage\n7,steady\n")
    bring_in(store, org, "employee_id,stage\n7,steady\n", MARCH + timedelta(days=1))
    fed = person(store, org)
    assert fed.feed == (("training", date(2026, 1, 5)), ("steady", MARCH))
    assert [stage_on(fed, day) for day in (date(2026, 1, 4), date(2026, 3, 1), MARCH)] == [
        "not_started",
        "training",
        "steady",
    ]
    gone = bring_in(store, org, head + "7,2026-02-23,left,2026-04-01\n")
    assert gone.left == 1
    with store.reading() as session:
        row = queries.person_by_employee_id(session, org.org_id, "7")
        assert row is not None
        assert row.last_day == date(2026, 3, 31)
    assert not person(store, org).is_member(date(2026, 4, 1))
