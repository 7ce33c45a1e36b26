"""Reporting groups: small teams and units joined for a quarter, to be shown (docs/scoring.md 2.4)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from server.people.stages import Member, Person

LEAST = 7
JOIN = " + "
SAME_TREND = 0.8  # of the larger headcount, so that a trend goes on under another name

Names = tuple[str, ...]


class Headcount(NamedTuple):
    """All members of a team on the fixing day; `branch` names its manager, if the directory does."""

    unit: str
    team: str
    number: int
    branch: str | None = None


class Placed(NamedTuple):
    """The reporting unit and reporting team in which a team is shown."""

    unit: str
    team: str


class Continued(NamedTuple):
    """The group of last quarter whose trend a group takes over; `how` is `same` or `continued`."""

    old: str
    how: str


@dataclass(frozen=True)
class Partners:
    """Pairs of units and of teams that HR wants joined first."""

    units: frozenset[frozenset[str]] = field(default_factory=frozenset)
    teams: frozenset[frozenset[str]] = field(default_factory=frozenset)


def reporting_groups(
    head: Sequence[Headcount],
    least: int = LEAST,
    previous: Mapping[str, Placed] | None = None,
    partners: Partners | None = None,
) -> dict[str, Placed]:
    """Where each team of the directory is shown this quarter.

    `previous` is last quarter's result with the teams that came later in it. A team name that stands in
    several units is one team, of the unit where most of it is.
    """
    previous, partners = previous or {}, partners or Partners()
    teams = _one_row_per_team(head)
    unit_size: dict[str, int] = defaultdict(int)
    for row in teams:
        unit_size[row.unit] += row.number
    old_units = {tuple(placed.unit.split(JOIN)) for placed in previous.values()}
    placed: dict[str, Placed] = {}
    for units in settle(unit_size, old_units, least, partners.units):
        inside = [row for row in teams if row.unit in units]
        sizes = {row.team: row.number for row in inside}
        branches = {row.team: row.branch for row in inside if row.branch is not None}
        for group in settle(sizes, _teams_by_group(previous), least, partners.teams, branches):
            placed.update({team: Placed(JOIN.join(units), JOIN.join(group)) for team in group})
    return placed


def headcounts(
    people: Iterable[Person], on: date, branches: Mapping[str, str] | None = None
) -> list[Headcount]:
    """All members of each team on the fixing day; `branches` names the manager of a team."""
    counted: Counter[tuple[str, str]] = Counter()
    for person in people:
        assignment = person.assigned(on) if person.is_member(on) else None
        if assignment and assignment.unit is not None and assignment.team is not None:
            counted[assignment.unit, assignment.team] += 1
    return [Headcount(unit, team, n, (branches or {}).get(team)) for (unit, team), n in counted.items()]


def commonest_branches(people: Mapping[tuple[str, str], int]) -> dict[str, str]:
    """Per team the branch that most of its people have (of equals, the smaller name), from (team, branch)."""
    rows = sorted(people.items(), key=lambda row: (-row[1], row[0][1]), reverse=True)
    return {team: branch for (team, branch), _ in rows}


def _one_row_per_team(head: Sequence[Headcount]) -> list[Headcount]:
    rows: dict[str, list[Headcount]] = defaultdict(list)
    for row in head:
        rows[row.team].append(row)
    joined = []
    for team, same in rows.items():
        largest = min(same, key=lambda row: (-row.number, row.unit))
        joined.append(Headcount(largest.unit, team, sum(row.number for row in same), largest.branch))
    return joined


def _teams_by_group(previous: Mapping[str, Placed]) -> list[Names]:
    groups: dict[Placed, list[str]] = defaultdict(list)
    for team, placed in previous.items():
        groups[placed].append(team)
    return [tuple(teams) for teams in groups.values()]


def settle(
    sizes: Mapping[str, int],
    old_groups: Iterable[Names],
    least: int,
    pairs: frozenset[frozenset[str]] = frozenset(),
    branches: Mapping[str, str] | None = None,
) -> list[Names]:
    """Groups of names, each name once: last quarter's as far as they go, then leaving, then merging."""
    start: list[Names] = []
    for names in old_groups:
        if kept := tuple(sorted(name for name in names if name in sizes)):
            start.append(kept)
    in_a_group = {name for names in start for name in names}
    start += [(name,) for name in sizes if name not in in_a_group]
    return _merge(_leave(start, sizes, least), sizes, least, pairs, branches or {})


def _leave(groups: Iterable[Names], sizes: Mapping[str, int], least: int) -> list[Names]:
    """A member large enough to stand alone leaves, if the others are large enough without it."""
    settled: list[Names] = []
    for names in groups:
        rest = names
        while True:
            total = sum(sizes[name] for name in rest)
            free = [n for n in rest if sizes[n] >= least + 2 and total - sizes[n] >= least]
            if not free:
                break
            leaver = min(free, key=lambda name: (-sizes[name], name))
            rest = tuple(name for name in rest if name != leaver)
            settled.append((leaver,))
        settled.append(rest)
    return settled


def _merge(
    groups: list[Names],
    sizes: Mapping[str, int],
    least: int,
    pairs: frozenset[frozenset[str]],
    branches: Mapping[str, str],
) -> list[Names]:
    """The smallest group joins its best other until none is too small."""

    def by_size(names: Names) -> tuple[int, Names]:
        return sum(sizes[name] for name in names), names

    def by_nearness(names: Names, other: Names) -> int:
        if any(frozenset((a, b)) in pairs for a in names for b in other):
            return 0
        managers = {branches[name] for name in names if name in branches}
        return 1 if any(branches.get(name) in managers for name in other if name in branches) else 2

    groups = list(groups)
    while len(groups) > 1:
        smallest = min(groups, key=by_size)
        if by_size(smallest)[0] >= least:
            break
        groups.remove(smallest)
        best = min(groups, key=lambda other: (by_nearness(smallest, other), by_size(other)))
        groups.remove(best)
        groups.append(tuple(sorted(smallest + best)))
    return sorted(groups)


def teams_of_week(members: Iterable[Member]) -> dict[str, str | None]:
    """Every team with a member among these, and the unit where most of it is."""
    counted: Counter[tuple[str, str]] = Counter()
    for member in members:
        if member.team is not None:
            counted[member.team, member.unit or ""] += 1
    units: dict[str, str | None] = {}
    for (team, unit), _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        units.setdefault(team, unit or None)
    return units


def place_late_team(
    team: str, unit: str | None, groups: Mapping[str, Placed], head: Sequence[Headcount]
) -> Placed:
    """Where a team goes that came after the fixing day: the smallest group of its unit, else of all."""
    if team in groups:
        return groups[team]
    if not groups:
        return Placed(unit or team, team)
    size: dict[Placed, int] = dict.fromkeys(groups.values(), 0)
    for row in head:
        if row.team in groups:
            size[groups[row.team]] += row.number
    of_unit = [placed for placed in size if unit is not None and unit in placed.unit.split(JOIN)]
    return min(of_unit or size, key=lambda placed: (size[placed], placed.team))


def continue_groups(
    old_head: Sequence[Headcount],
    old_groups: Mapping[str, Placed],
    new_head: Sequence[Headcount],
    new_groups: Mapping[str, Placed],
) -> dict[str, dict[str, Continued | None]]:
    """For kind `unit` and `team`: each group of the new quarter and the old one whose trend goes on in it."""
    before, after = _headcounts(old_head), _headcounts(new_head)
    result: dict[str, dict[str, Continued | None]] = {}
    for level, kind in enumerate(("unit", "team")):
        old, new = _members(old_groups, level), _members(new_groups, level)
        result[kind] = {name: _line_of(name, teams, old, before, after) for name, teams in new.items()}
    return result


def _headcounts(head: Sequence[Headcount]) -> dict[str, int]:
    numbers: dict[str, int] = defaultdict(int)
    for row in head:
        numbers[row.team] += row.number
    return numbers


def _members(groups: Mapping[str, Placed], level: int) -> dict[str, set[str]]:
    members: dict[str, set[str]] = defaultdict(set)
    for team, placed in groups.items():
        members[placed[level]].add(team)
    return members


def _line_of(
    name: str,
    teams: set[str],
    old: Mapping[str, set[str]],
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> Continued | None:
    if name in old:
        return Continued(name, "same")
    size = sum(after.get(team, 0) for team in teams)
    for old_name, old_teams in sorted(old.items()):
        shared = sum(min(before.get(team, 0), after.get(team, 0)) for team in old_teams & teams)
        largest = max(size, sum(before.get(team, 0) for team in old_teams))
        if shared and shared >= SAME_TREND * largest:
            return Continued(old_name, "continued")
    return None


def continuation(lines: Mapping[str, Mapping[str, Continued | None]]) -> dict[str, str]:
    """`unit:B`, `team:B` of the new quarter -> name of the old group, from the result of continue_groups."""
    return {
        f"{kind}:{name}": line.old
        for kind, by_name in lines.items()
        for name, line in by_name.items()
        if line is not None
    }


def chained(newer: Mapping[str, str], older: Mapping[str, str]) -> dict[str, str]:
    """Two continuations after one another: names two quarters back."""
    steps = {group: f"{group.split(':', 1)[0]}:{old}" for group, old in newer.items()}
    return {group: older[step] for group, step in steps.items() if step in older}
