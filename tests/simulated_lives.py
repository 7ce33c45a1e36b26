"""A company that lives two years, told day by day as an HR system tells it, and the facts behind it.

What is told are rows of the fields of docs/people-fields.md, whichever door they go through.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 28)
"""A Monday, and a Sunday 104 weeks later."""
UNITS = {
    "Sales": ("North", "South", "East"),
    "Product": ("Web", "Data", "Design"),
    "Office": ("Money", "People"),
}

Row = dict[str, str]

_NO_END = dict.fromkeys(("last_day", "notice_known", "last_day_known"), "")


@dataclass
class Employment:
    hire: date | None
    last: date | None = None
    last_known: date | None = None
    notice_known: date | None = None


@dataclass
class Life:
    """The facts about somebody, as far as they were told."""

    name: str
    employments: list[Employment]
    told_places: dict[date, tuple[str, str]] = field(default_factory=dict)
    role_changes: list[date] = field(default_factory=list)
    absences: list[tuple[date, date | None]] = field(default_factory=list)

    @property
    def now(self) -> Employment:
        return self.employments[-1]

    def is_here(self, day: date) -> bool:
        now = self.now
        return (now.hire is None or now.hire <= day) and now.last is None

    def place(self, day: date) -> tuple[str, str]:
        begun = [since for since in self.told_places if since <= day]
        return self.told_places[max(begun) if begun else min(self.told_places)]


class Company:
    """Makes things happen, at twice the pace twice as many, and tells them. `lives` has what was told.

    `corrects`: also that a place had another name from its first day on, which only a file can tell.
    """

    def __init__(
        self, seed: int, per_team: int, pace: float = 1.0, units: int = len(UNITS), corrects: bool = True
    ) -> None:
        self.random = random.Random(seed)
        self.lives: dict[str, Life] = {}
        self.teams = {team: unit for unit in list(UNITS)[:units] for team in UNITS[unit]}
        self.per_team, self.pace, self.corrects = per_team, pace, corrects
        self.renamed = 0

    def days(self) -> Iterator[tuple[date, list[Row]]]:
        """Each day on which something is told, with its rows; nobody is in two rows of one day."""
        yield (
            FIRST,
            [self._begin(unit, team) for team, unit in self.teams.items() for _ in range(self.per_team)],
        )
        happenings = (
            (0.14, self._hire), (0.13, self._move), (0.10, self._leave), (0.05, self._come_back),
            (0.04, self._new_role), (0.10, self._absence), (0.04, self._correct), (0.02, self._withdraw),
            (0.010, self._rename), (0.012, self._reorganise), (0.008, self._split),
        )  # fmt: skip
        day = FIRST
        while (day := day + DAY) <= LAST:
            rows: dict[str, Row] = {}
            for chance, happen in happenings:
                if day.weekday() < 5 and self.random.random() < chance * self.pace:
                    for row in happen(day, rows):
                        assert row["employee_id"] not in rows
                        rows[row["employee_id"]] = row
            if rows:
                yield day, list(rows.values())

    def _begin(self, unit: str, team: str) -> Row:
        """Somebody who is here from the beginning; of one in ten nobody knows since when."""
        hire = FIRST - self.random.randint(1, 500) * DAY
        known = self.random.random() > 0.1
        return self._come(hire if known else None, hire, unit, team)

    def _come(self, hire: date | None, since: date, unit: str, team: str) -> Row:
        life = Life(f"e{len(self.lives):03d}", [Employment(hire)], {since: (unit, team)})
        self.lives[life.name] = life
        row = {"employee_id": life.name, "name": life.name.upper(), "unit": unit, "team": team}
        return row | {"assignment_from": str(since)} | ({"hire": str(hire)} if hire else {})

    def _hire(self, day: date, _rows: dict[str, Row]) -> Iterator[Row]:
        """Weeks ahead, on the day, or late; some for a fixed term that they know from the beginning."""
        hire = day + self.random.choice((-9, 0, 0, 14, 40)) * DAY
        team = self.random.choice(sorted(self.teams))
        row = self._come(hire, hire, self.teams[team], team)
        if self.random.random() < 0.2:
            now = self.lives[row["employee_id"]].now
            now.last, now.last_known = hire + self.random.randint(100, 250) * DAY, hire
            row |= {"last_day": str(now.last), "last_day_known": str(hire)}
        yield row

    def _anybody(self, day: date, rows: dict[str, Row]) -> Life | None:
        here = [life for life in self.lives.values() if life.is_here(day) and life.name not in rows]
        return self.random.choice(here) if here else None

    def _move(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        """To another team: from today on, told late, or weeks ahead."""
        if (life := self._anybody(day, rows)) is not None:
            since = day + self.random.choice((-20, 0, 0, 30)) * DAY
            team = self.random.choice(sorted(self.teams))
            is_another = life.place(since) != (self.teams[team], team)
            if is_another and (self.corrects or since not in life.told_places):
                yield self._placed(life, since, team)

    def _placed(self, life: Life, since: date, team: str) -> Row:
        unit = self.teams[team]
        life.told_places[since] = unit, team
        return {"employee_id": life.name, "unit": unit, "team": team, "assignment_from": str(since)}

    def _leave(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        """By a notice that the person knows of, or by a last day that nobody marked as known."""
        if (life := self._anybody(day, rows)) is not None:
            life.now.last = day + self.random.choice((0, 15, 45, 90)) * DAY
            row = {"employee_id": life.name, "last_day": str(life.now.last)}
            if self.random.random() < 0.8:
                life.now.notice_known = day
                row["notice_known"] = str(day)
            yield row

    def _withdraw(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        """Somebody stays after all."""
        leaving = [one for one in self.lives.values() if one.now.last is not None and one.now.last > day]
        for life in self.random.sample(leaving, min(1, len(leaving))):
            if life.name not in rows:
                life.now.last = life.now.notice_known = life.now.last_known = None
                yield {"employee_id": life.name} | _NO_END

    def _come_back(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        gone = [
            life
            for life in self.lives.values()
            if life.now.last is not None and life.now.last < day and life.name not in rows
        ]
        if gone:
            life = self.random.choice(gone)
            hire = day + self.random.choice((0, 10)) * DAY
            life.employments.append(Employment(hire))
            team = self.random.choice(sorted(self.teams))
            row = {"employee_id": life.name, "hire": str(hire)} | _NO_END
            if life.place(hire) != (self.teams[team], team):
                row |= self._placed(life, hire, team)
            yield row

    def _new_role(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        if (life := self._anybody(day, rows)) is not None:
            life.role_changes.append(day)
            yield {"employee_id": life.name, "role_change": str(day)}

    def _absence(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        life = self._anybody(day, rows)
        if life is not None and all(last is not None and last < day for _, last in life.absences):
            last = day + self.random.choice((4, 10, 120)) * DAY
            life.absences.append((day, last))
            yield {"employee_id": life.name, "absence_from": str(day), "absence_to": str(last)}

    def _correct(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        """The newest place had another name all along."""
        life = self._anybody(day, rows) if self.corrects else None
        if life is not None and (since := max(life.told_places)) <= day:
            team = self.random.choice(sorted(self.teams))
            before = [at for at in sorted(life.told_places) if at < since]
            if life.told_places[since][1] != team and (not before or life.told_places[before[-1]][1] != team):
                yield self._placed(life, since, team)

    def _rename(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        """All of a team get a team of another name. Who is told to come later finds the old name there."""
        old = self.random.choice(sorted(self.teams))
        if not self._untouched(old, day, rows):
            return
        self.renamed += 1
        new = f"Team {self.renamed}"
        self.teams[new] = self.teams.pop(old)
        for life in self._all_of(old, day):
            yield self._placed(life, day, new)

    def _reorganise(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        yield from self._some_leave(day, rows, 0.6)

    def _split(self, day: date, rows: dict[str, Row]) -> Iterator[Row]:
        yield from self._some_leave(day, rows, 0.25)

    def _some_leave(self, day: date, rows: dict[str, Row], share: float) -> Iterator[Row]:
        old, new = self.random.sample(sorted(self.teams), 2)
        if self._untouched(old, day, rows):
            people = self._all_of(old, day)
            for life in people[: round(len(people) * share)]:
                yield self._placed(life, day, new)

    def _all_of(self, team: str, day: date) -> list[Life]:
        return [life for life in self.lives.values() if life.place(day)[1] == team]

    def _untouched(self, team: str, day: date, rows: dict[str, Row]) -> bool:
        return all(life.name not in rows for life in self._all_of(team, day))
