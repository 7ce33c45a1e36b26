"""The people of a file as the directory would know them, without a store (docs/people-fields.md)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.people.csv_import import PeopleFile, PersonLine
from server.people.fields import names_of
from server.people.groups import Partners, commonest_branches
from server.people.stages import Person, person_of, place_since

Days = tuple[date, date | None]


@dataclass(frozen=True)
class FileDirectory:
    """Everybody of a file on the day of its import; `absences`: employee id -> first and last day."""

    people: tuple[Person, ...]
    absences: dict[str, Days]
    branches: dict[str, str]
    partners: Partners


def directory_of(file: PeopleFile, day: date) -> FileDirectory:
    """What the directory would hold if this file were the first one, imported on this day."""
    absences = {line.employee_id: away for line in file.people if (away := _absence(line)) is not None}
    return FileDirectory(
        people=tuple(_person(line, day) for line in sorted(file.people, key=lambda line: line.employee_id)),
        absences=absences,
        branches=commonest_branches(_branches(file.people, day)),
        partners=Partners(
            units=frozenset(frozenset(pair) for pair in partner_pairs(file.people, "unit")),
            teams=frozenset(frozenset(pair) for pair in partner_pairs(file.people, "team")),
        ),
    )


def partner_pairs(people: Sequence[PersonLine], kind: str) -> set[tuple[str, str]]:
    """Pairs of units (teams) that lines want shown together, the smaller name first."""
    pairs = set()
    for line in people:
        own, partner = line.text(kind), line.text(f"partner_{kind}")
        if own is not None and partner is not None:
            pairs.add((min(own, partner), max(own, partner)))
    return pairs


def _person(line: PersonLine, day: date) -> Person:
    unit, team, move, away = line.text("unit"), line.text("team"), line.day("role_change"), _absence(line)
    return person_of(
        line.employee_id,
        {name: line.day(name) for name in names_of("person")},
        [place_since(_since(line, day), unit, team)] if unit or team else [],
        [move] if move is not None else [],
        [away] if away is not None else [],
        [(stage, line.day("stage_from") or day)] if (stage := line.text("stage")) is not None else [],
    )


def _since(line: PersonLine, day: date) -> date:
    return line.day("assignment_from") or line.day("hire") or day


def _absence(line: PersonLine) -> Days | None:
    first = line.day("absence_from")
    return None if first is None else (first, line.day("absence_to"))


def _branches(people: Sequence[PersonLine], day: date) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for line in people:
        team, branch = line.text("team"), line.text("branch")
        if team is not None and branch is not None and _since(line, day) <= day:
            counted[team, branch] += 1
    return counted
