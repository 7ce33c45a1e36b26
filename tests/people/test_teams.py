"""Teams that are renamed, merged or split: trends go on, and nobody has changed their role."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from server.cli import main
from server.db import Store
from server.errors import UsageError
from server.people.csv_import import read_people
from server.people.groups import Placed
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation
from server.people.queries import directory
from server.people.renames import TEAM, UNIT
from server.people.reporting import earlier_names, groups_of_week
from server.people.stages import true_moves
from server.people.store import save_people
from server.people.teams import rename, teams_on

JANUARY, MARCH = date(2026, 1, 5), date(2026, 3, 2)
TODAY = date(2026, 2, 25)


def bring_in(session: Session, org: Organisation, *teams: tuple[str, str, int]) -> None:
    """Teams of (unit, name, people)."""
    lines = [
        f"{team}{number},{unit},{team},2020-01-06" for unit, team, size in teams for number in range(size)
    ]
    file = read_people("\n".join(["employee_id,unit,team,hire", *lines]).encode())
    save_people(session, org.org_id, file, JANUARY)


def groups(session: Session, org: Organisation, week: str) -> dict[str, Placed]:
    return groups_of_week(session, org, directory(session, org.org_id).people, week)


def test_a_rename_is_no_move_and_its_people_stay_in_their_group(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        bring_in(session, org, ("U", "North", 9), ("U", "East", 3), ("U", "West", 12))
        groups(session, org, "2026-W09")
        assert rename(session, org.org_id, TEAM, ["East"], "Orient", MARCH, TODAY) == 3
        at = groups(session, org, "2026-W10")
        assert at["Orient"] == at["East"] == Placed("U", "East + North")
        people = directory(session, org.org_id).people
        assert true_moves(people) == {}
        east = [person for person in people if person.team(MARCH) == "Orient"]
        assert {person.team(date(2026, 3, 1)) for person in east} == {"East"}


def test_a_trend_goes_on_under_the_new_name_in_the_next_quarter(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        bring_in(session, org, ("U", "North", 9), ("V", "West", 12))
        groups(session, org, "2026-W09")
        rename(session, org.org_id, TEAM, ["North"], "Nord", MARCH, TODAY)
        rename(session, org.org_id, TEAM, ["Nord"], "Norden", date(2026, 3, 30), TODAY)
        rename(session, org.org_id, UNIT, ["U"], "Unit", date(2026, 3, 9), TODAY)
        groups(session, org, "2026-W12")
        assert groups(session, org, "2026-W14")["Norden"] == Placed("Unit", "Norden")
        assert earlier_names(session, org.org_id, "2026-W14") == {
            "2026-W01": {"unit:Unit": "U", "unit:V": "V", "team:Norden": "North", "team:West": "West"}
        }


def test_small_teams_that_were_shown_together_stay_together_under_a_new_name(
    store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        bring_in(session, org, ("U", "a", 8), ("U", "b", 2), ("U", "c", 8))
        first = groups(session, org, "2026-W09")
        assert first["a"] == Placed("U", "a + b")
        rename(session, org.org_id, TEAM, ["a"], "z", date(2026, 3, 30), TODAY)
        assert groups(session, org, "2026-W14")["z"] == Placed("U", "b + z")


def test_merged_teams_are_one_from_their_day_on_and_nobody_moved(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        bring_in(session, org, ("U", "North", 9), ("U", "East", 3), ("V", "West", 9))
        groups(session, org, "2026-W09")
        assert rename(session, org.org_id, TEAM, ["North", "East"], "North", MARCH, TODAY) == 3
        assert [tuple(team) for team in teams_on(session, org.org_id, MARCH)] == [
            ("U", "North", 12),
            ("V", "West", 9),
        ]
        assert true_moves(directory(session, org.org_id).people) == {}
        assert groups(session, org, "2026-W14")["North"] == Placed("U", "North")
        assert earlier_names(session, org.org_id, "2026-W14")["2026-W01"]["team:North"] == "East + North"


def test_who_comes_to_the_team_later_comes_to_it_under_its_new_name(store: Store, org: Organisation) -> None:
    head = "employee_id,team,assignment_from\n"
    with store.transaction() as session:
        bring_in(session, org, ("U", "North", 2), ("U", "West", 1))
        later = read_people((head + "West0,North,2026-04-06\nNorth1,West,2026-02-09\n").encode())
        save_people(session, org.org_id, later, TODAY)
        assert rename(session, org.org_id, TEAM, ["North"], "Nord", MARCH, TODAY) == 2
        people = directory(session, org.org_id).people
    assert sorted([place.team for place in person.assignments] for person in people) == [
        ["North", "Nord"],
        ["North", "West"],
        ["West", "Nord"],
    ]


def test_a_team_that_is_not_there_is_one_sentence(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        bring_in(session, org, ("U", "North", 2))
        with pytest.raises(UsageError, match="Nobody is in the team “Nroth” on 2026-03-02 or later"):
            rename(session, org.org_id, TEAM, ["Nroth"], "Nord", MARCH, TODAY)


def test_the_commands_rename_merge_and_list(tmp_path: Path, sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", JANUARY)
        bring_in(session, org, ("U", "North", 2), ("U", "East", 1), ("U", "West", 1))

    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, ["teams", *words, "--data", str(tmp_path)], catch_exceptions=False)
        return result.exit_code, result.stdout, result.stderr

    assert run("rename", "North", "Nord", "--on", "2026-03-02") == (
        0,
        "",
        "2 people are in the team “Nord” from 2026-03-02 on.\n",
    )
    assert run("merge", "East", "West", "--into", "R + D", "--on", "2026-03-02")[2] == (
        "team: “R + D” is shown as “R & D”, because “|” and “ + ” join names here.\n"
        "2 people are in the team “R & D” from 2026-03-02 on.\n"
    )
    assert run("list")[1] == "U\tNord\t2\nU\tR & D\t2\n"
    assert run("merge", "Nord", "--into", "Nord", "--on", "2026-03-02")[0] == 2
    assert run("rename", "Nord", "", "--on", "2026-03-02")[2] == "dex-server: A team needs a name.\n"
