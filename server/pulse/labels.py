"""Labels: under which group a person's answers are counted (docs/pulse.md, "Labels").

A person has one row label (team, else unit, else company) and one column label (stage, else company).
Whoever has the same label is the crowd an answer hides in; so no label may stand for fewer eligible
people than `least`, and neither may what is left over when the others are taken away.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

LEAST = 8
COMPANY = "company"

LabelKind = Literal["row", "col", "comment"]

Name = TypeVar("Name", str, tuple[str, str])


def least_people(k: int) -> int:
    """How many eligible people a label needs at least, in an organisation with this k."""
    return max(k, LEAST)


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A group of people; all of unit, team and stage empty means the whole company."""

    kind: LabelKind
    unit: str = ""
    team: str = ""
    stage: str = ""

    @property
    def name(self) -> str:
        """As it is written in messages and keys: `row:team:Web`, `col:stage:steady`, `row:company`."""
        if self.stage:
            return f"{self.kind}:stage:{self.stage}"
        if self.team:
            return f"{self.kind}:team:{self.team}"
        return f"{self.kind}:unit:{self.unit}" if self.unit else f"{self.kind}:{COMPANY}"

    @property
    def group(self) -> str:
        """The group's own name; empty for the whole company."""
        return self.stage or self.team or self.unit


COMMENT = Label("comment")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the company: reporting unit, reporting team and stage of the period's first Monday."""

    person: str
    unit: str
    team: str
    stage: str
    eligible: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Of all members with a label, how many there are and how many of them can be asked."""

    members: int
    eligible: int


@dataclass(frozen=True, slots=True)
class Labelling:
    """Who is counted where in a period; empty if the company has too few eligible people."""

    labels: Mapping[Label, Counted] = field(default_factory=dict)
    rows: Mapping[str, Label] = field(default_factory=dict)
    columns: Mapping[str, Label] = field(default_factory=dict)


def label_people(candidates: Iterable[Candidate], least: int) -> Labelling:
    """The labels of a period. `rows` and `columns` name eligible people only."""
    members = sorted(candidates, key=lambda c: c.person)
    eligible = [c for c in members if c.eligible]
    if len(eligible) < least:
        return Labelling()
    units, teams = _row_groups(eligible, least)
    stages = _keep(Counter(c.stage for c in eligible if c.stage), len(eligible), least)

    def row(candidate: Candidate) -> Label:
        if (candidate.unit, candidate.team) in teams:
            return Label("row", unit=candidate.unit, team=candidate.team)
        return Label("row", unit=candidate.unit) if candidate.unit in units else Label("row")

    def column(candidate: Candidate) -> Label:
        return Label("col", stage=candidate.stage) if candidate.stage in stages else Label("col")

    everybody = Counter(label for c in members for label in (row(c), column(c), COMMENT))
    counted = Counter(label for c in eligible for label in (row(c), column(c), COMMENT))
    return Labelling(
        labels={label: Counted(everybody[label], counted[label]) for label in sorted(counted)},
        rows={c.person: row(c) for c in eligible},
        columns={c.person: column(c) for c in eligible},
    )


def _row_groups(eligible: list[Candidate], least: int) -> tuple[set[str], set[tuple[str, str]]]:
    """The units and the (unit, team) pairs that get a label of their own."""
    teams: set[tuple[str, str]] = set()
    rest_of_unit: Counter[str] = Counter()
    team_sizes = Counter((c.unit, c.team) for c in eligible if c.unit and c.team)
    for unit, size in Counter(c.unit for c in eligible if c.unit).items():
        kept = _keep({t: n for t, n in team_sizes.items() if t[0] == unit}, size, least)
        teams |= kept
        rest_of_unit[unit] = size - sum(team_sizes[team] for team in kept)
    outside_teams = len(eligible) - sum(team_sizes[team] for team in teams)
    units = _keep(rest_of_unit, outside_teams, least)
    left_over = outside_teams - sum(rest_of_unit[unit] for unit in units)
    if 0 < left_over < least:
        teams.discard(min(teams, key=lambda team: (team_sizes[team], team)))
    return units, teams


def _keep(sizes: Mapping[Name, int], total: int, least: int) -> set[Name]:
    """The parts that are large enough and leave nobody or enough people over; else the smallest goes too."""
    kept = {name for name, size in sizes.items() if size >= least}
    left_over = total - sum(sizes[name] for name in kept)
    if kept and 0 < left_over < least:
        kept.remove(min(kept, key=lambda name: (sizes[name], name)))
    return kept
