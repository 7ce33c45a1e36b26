"""Team and stage of everybody in every week, counted from the facts alone, by painting days.

Written beside the product and differently: one row of days for each person, painted stage over stage.
Rules of docs/scoring.md 2.2 and 2.3.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from simulated_lives import DAY, Employment, Life

FIRST_DAY = date(2022, 1, 1)
DAYS = 5 * 366


class Seen(NamedTuple):
    unit: str
    team: str
    stage: str


def _at(day: date) -> int:
    return (day - FIRST_DAY).days


class Recount:
    """Rows of days of a company whose facts are these."""

    def __init__(self, lives: Iterable[Life]) -> None:
        self.lives = list(lives)
        self.places = {life.name: self._row_of_places(life) for life in self.lives}
        self.here = {life.name: self._row_of_presence(life) for life in self.lives}
        self.stages = {}
        moves = self._moves()
        for life in self.lives:
            self.stages[life.name] = self._painted(life, moves[life.name])

    def week(self, monday: date) -> dict[str, Seen]:
        """Everybody of the company in a week, as on the first of its days on which they were there."""
        found = {}
        for life in self.lives:
            days = [number for number in range(_at(monday), _at(monday) + 7) if self.here[life.name][number]]
            if days:
                unit, team = self.places[life.name][days[0]]
                found[life.name] = Seen(unit, team, self.stages[life.name][days[0]])
        return found

    def _row_of_places(self, life: Life) -> list[tuple[str, str]]:
        row = []
        told = dict(life.told_places)
        at = told[min(told)]
        for number in range(DAYS):
            at = told.get(FIRST_DAY + number * DAY, at)
            row.append(at)
        return row

    def _row_of_presence(self, life: Life) -> list[bool]:
        row = [False] * DAYS
        for one in life.employments:
            for number in range(*_span(one)):
                row[number] = True
        return row

    def _moves(self) -> dict[str, list[int]]:
        """Days on which somebody changed their team, and not the team its people."""
        moves: dict[str, list[int]] = defaultdict(list)
        begun = {since for life in self.lives for since in life.told_places}
        for number in sorted(_at(since) for since in begun):
            pairs = {
                life.name: (self.places[life.name][number - 1][1], self.places[life.name][number][1])
                for life in self.lives
            }
            stayed = [
                pair
                for name, pair in pairs.items()
                if self.here[name][number - 1] and self.here[name][number]
            ]
            for name, (old, new) in pairs.items():
                if old != new and not _of_the_company(old, stayed):
                    moves[name].append(number)
        for life in self.lives:
            moves[life.name] += [_at(day) for day in life.role_changes]
            for first, last in life.absences:
                if last is not None and (last - first).days >= 89:
                    moves[life.name].append(_at(last) + 1)
        return moves

    def _painted(self, life: Life, moves: Iterable[int]) -> list[str]:
        row = ["steady"] * DAYS
        for move in moves:
            row[move : move + 60] = ["role_change"] * 60
        for one in life.employments:
            begin, end = _span(one)
            if one.hire is not None:
                for stage, first, length in (("training", 30, 60), ("onboarding", 0, 30)):
                    for number in range(begin + first, min(begin + first + length, end)):
                        row[number] = stage
            known = min((day for day in (one.notice_known, one.last_known) if day), default=None)
            if known is not None:
                since = one.notice_known or (one.last - timedelta(days=29) if one.last else None)
                if since is not None:
                    for number in range(max(_at(known), _at(since), begin), end):
                        row[number] = "offboarding"
        return row[:DAYS]


def _span(one: Employment) -> tuple[int, int]:
    begin = 0 if one.hire is None else _at(one.hire)
    return begin, DAYS if one.last is None else _at(one.last) + 1


def _of_the_company(old: str, stayed: list[tuple[str, str]]) -> bool:
    """Whether a team was reorganised or renamed, from (team before, team after) of all who stayed."""
    after = Counter(new for before, new in stayed if before == old)
    of_team, left = after.total(), after.total() - after[old]
    if left >= 5 and left >= of_team / 2:
        return True
    went = [new for new in after if new != old and after[new]]
    renamed = left == of_team and len(went) == 1 and left > 0
    return renamed and not any(before == went[0] for before, _ in stayed)


def differing(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """What two accounts say differently."""
    return {
        name: (one.get(name), other.get(name))
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    }
