"""Before a roll-out: who will see an own team, a joined one, or nothing; the same as after it."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.db import Store
from server.people.csv_import import PeopleFile, read_people
from server.people.file_directory import directory_of
from server.people.organisations import MAIN, create_organisation
from server.people.queries import branches, directory, partners
from server.people.reporting import groups_of_week
from server.people.store import person_id_of, save_people
from server.people.weeks import monday_of
from server.privacy.people_of_week import Absence, Facts, people_of_week
from server.privacy.plan import plan_of
from server.privacy.preview import MERGED, OWN, preview

WEEK = "2026-W10"
MONDAY = monday_of(WEEK)
HEADER = (
    "employee_id,unit,team,branch,assignment_from,hire,notice_known,last_day,last_day_known,absence_from,"
)
HEADER += "absence_to,role_change,partner_unit,partner_team"


def lines(*teams: tuple[str, str, int]) -> str:
    rows = [f"{unit},{team}" for unit, team, size in teams for _ in range(size)]
    return "employee_id,unit,team\n" + "".join(f"{i},{row}\n" for i, row in enumerate(rows))


def run(tmp_path: Path, content: str, *words: str) -> Result:
    file = tmp_path / "people.csv"
    file.write_text(content, "utf-8")
    return CliRunner().invoke(
        main, ["groups", "preview", str(file), "--week", WEEK, *words], catch_exceptions=False
    )


def test_large_teams_stand_alone_and_small_ones_are_joined(tmp_path: Path) -> None:
    done = run(tmp_path, lines(("Sales", "North", 14), ("Sales", "South", 3), ("Sales", "Web", 5)))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:5] == [
        "2026-W10: 22 people, 0 of them away; groups as of 2026-03-02.",
        "Who sees an own team: 14 people (64%)",
        "  North (Sales): 14",
        "Who sees a team joined with others, because it is small: 8 people (36%)",
        "  South + Web (Sales): 8 = South 3, Web 5",
    ]


def test_a_team_beside_one_person_without_a_team_is_hidden(tmp_path: Path) -> None:
    content = lines(("IT", "Ops", 20), ("IT", "Net", 12), ("IT", "", 1))
    told = run(tmp_path, content).stdout
    assert "  Net (IT): 12; hidden because it would give away people beside it\n" in told
    assert "  no team in IT: 1\n" in told
    assert "Who sees only the unit: 13 people (39%)\n" in told


def test_four_people_see_nothing(tmp_path: Path) -> None:
    told = run(tmp_path, lines(("Sales", "North", 4))).stdout
    assert "Who sees nothing, because there are too few in all: 4 people (100%)\n" in told
    assert "North (Sales): 4; hidden because fewer than 5 are at work\n" in told


def test_a_larger_threshold_hides_more(tmp_path: Path) -> None:
    content = lines(("Sales", "North", 20), ("Sales", "South", 9), ("IT", "Ops", 30))
    assert "South (Sales): 9\n" in run(tmp_path, content).stdout
    assert "North + South (Sales): 29" in run(tmp_path, content, "--k", "8", "--least", "10").stdout


@pytest.mark.parametrize(
    ("content", "words", "code", "sentence"),
    [
        ("employee_id,team\n1,A\n1,B\n", (), 1, "line 3: employee_id: “1” stands in line 2 already."),
        ("employee_id,squad\n1,A\n", (), 1, "line 1: unknown column “squad”"),
        (
            "employee_id,hire\n1,3.2.2020\n",
            (),
            1,
            "line 2: hire: “3.2.2020” is not a date; write YYYY-MM-DD.",
        ),
        ("", (), 2, "The file is empty; its first line must name the columns."),
        ("name\nA\n", (), 2, "“employee_id” is not among them."),
        ("employee_id,last_day\n1,2025-01-31\n", (), 2, "names nobody who works here in 2026-W10."),
        ("employee_id\n1\n", ("--k", "6"), 2, "--least must be at least --k and 2 more, here 8."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    tmp_path: Path, content: str, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = run(tmp_path, content, *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert sentence in done.stderr


def made_up_file(seed: int) -> str:
    """A company of 30 to 90 people, with gaps, joiners, leavers, people away, branches and partners."""
    rng = random.Random(seed)
    teams = [(f"U{rng.randrange(4)}", f"T{i}", f"B{rng.randrange(3)}") for i in range(12)]
    rows = [HEADER]

    def day(chance: float, spread: int = 200) -> str:
        return str(MONDAY + timedelta(rng.randint(-spread, spread // 4))) if rng.random() < chance else ""

    for number in range(rng.randint(30, 90)):
        unit, team, branch = rng.choice(teams)
        hire, away = day(0.7), day(0.15, 120)
        last = str(MONDAY + timedelta(rng.randint(60, 90))) if rng.random() < 0.1 else ""
        back = str(MONDAY + timedelta(rng.randint(31, 60))) if away and rng.random() < 0.7 else ""
        cells = [f"e{number}", unit if rng.random() < 0.95 else "", team if rng.random() < 0.95 else ""]
        cells += [branch, hire and day(0.5), hire, day(0.05), last, last and day(0.5), away, back, day(0.1)]
        partner_unit, partner_team = rng.choice(teams)[0], rng.choice(teams)[1]
        for own, other in ((cells[1], partner_unit), (cells[2], partner_team)):
            cells.append(other if own and other != own and rng.random() < 0.1 else "")
        rows.append(",".join(cells))
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("seed", range(6))
def test_what_is_foretold_is_what_comes_after_an_import(sqlite_store: Store, seed: int) -> None:
    """Imported on the Monday of the week in which the organisation begins."""
    read = read_people(made_up_file(seed).encode())
    read = PeopleFile(read.columns, read.people)  # as with --partial
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", MONDAY)
        save_people(session, org.org_id, read, MONDAY)
        known = directory(session, org.org_id)
        groups = groups_of_week(session, org, known.people, WEEK)
        foreseen = directory_of(read, MONDAY)
        assert foreseen.branches == branches(session, org.org_id, MONDAY)
        assert foreseen.partners == partners(session, org.org_id)
        ids = {person.id: str(person_id_of(org.org_id, person.id)) for person in foreseen.people}
    assert {replace(person, id=ids[person.id]) for person in foreseen.people} == set(known.people)
    absences = {who: [Absence(a.since, a.until) for a in days] for who, days in known.absences.items()}
    rows = people_of_week(known.people, WEEK, groups, Facts({}, absences=absences))
    plan = plan_of(Counter(row.place for row in rows if row.eligible))
    seen = preview(read, WEEK)
    assert seen.people == len(rows)
    named = {group.name: group.present for group in (*seen.at(OWN), *seen.at(MERGED))}
    assert named == plan.teams
    assert {name for name, (_, shown) in seen.stages.items() if shown} == set(plan.stages)
    assert {team for group in seen.groups for team in group.teams} <= set(groups)
