"""Plain values of worked examples, put into the product's types."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from server.people.groups import Headcount, Placed
from server.people.stages import Assignment, Person
from server.privacy.people_of_week import Absence, HeldDevice
from server.privacy.plan import Place
from server.privacy.sentiment_release import LabelledAnswers, PeriodAnswers

Row = Mapping[str, Any]


def day(text: str | None) -> date | None:
    """An ISO date, or None."""
    return None if text is None else date.fromisoformat(text)


def person(row: Row, assignments: Sequence[Assignment] = ()) -> Person:
    """A person with the fields of docs/scoring.md 2.3."""
    return Person(
        id=row["person"],
        hire=day(row.get("hire")),
        last_day=day(row.get("last_day")),
        notice=day(row.get("notice")),
        known=day(row.get("known")),
        assignments=tuple(assignments),
        listed_moves=tuple(date.fromisoformat(move) for move in row.get("moves", ())),
        feed=tuple((stage, date.fromisoformat(since)) for stage, since in row.get("stages", ())),
    )


def people(rows: Iterable[Row], assignments: Mapping[str, Sequence[Assignment]]) -> list[Person]:
    """Everybody with their assignments."""
    return [person(row, assignments.get(row["person"], ())) for row in rows]


def assignments_by_person(rows: Iterable[Row]) -> dict[str, list[Assignment]]:
    """Assignments of each person in order of days."""
    found: dict[str, list[Assignment]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: str(row["from"])):
        found[row["person"]].append(Assignment(date.fromisoformat(row["from"]), row["unit"], row["team"]))
    return found


def head(rows: Iterable[Sequence[Any]]) -> list[Headcount]:
    """Rows [unit, team, headcount(, branch)]."""
    return [Headcount(*row) for row in rows]


def placed(groups: Mapping[str, Sequence[str]] | None) -> dict[str, Placed]:
    """team -> [reporting unit, reporting team]"""
    return {team: Placed(*group) for team, group in (groups or {}).items()}


def devices(rows: Iterable[Row] | None) -> dict[str, list[HeldDevice]] | None:
    """Devices by person; None without an inventory."""
    if rows is None:
        return None
    held: dict[str, list[HeldDevice]] = defaultdict(list)
    for row in rows:
        since = date.fromisoformat(row["from"])
        held[row["person"]].append(HeldDevice(since, day(row.get("to")), day(row.get("enrolled"))))
    return held


def absences(rows: Iterable[Row]) -> dict[str, list[Absence]]:
    """Absences by person."""
    found: dict[str, list[Absence]] = defaultdict(list)
    for row in rows:
        found[row["person"]].append(Absence(date.fromisoformat(row["from"]), day(row.get("to"))))
    return found


def period_answers(rows: Iterable[Row]) -> list[PeriodAnswers]:
    """Answers by period, in order of periods."""
    found: dict[str, dict[str, list[LabelledAnswers]]] = defaultdict(lambda: {"row": [], "col": []})
    for row in rows:
        place = Place(row["unit"], row["team"], row["stage"])
        found[row["period"]][row["kind"]].append(LabelledAnswers(place, row["value"], row["count"]))
    return [PeriodAnswers(p, tuple(kinds["row"]), tuple(kinds["col"])) for p, kinds in sorted(found.items())]
