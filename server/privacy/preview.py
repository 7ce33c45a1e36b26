"""What people would see of their groups if a file of people were rolled out (docs/scoring.md 2.4, 4).

Made by the same procedures as the reporting groups and the release plan, for one week in which everybody who
is not away takes part: the best case.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.people.csv_import import PeopleFile
from server.people.file_directory import FileDirectory, directory_of
from server.people.groups import (
    JOIN,
    LEAST,
    Placed,
    headcounts,
    place_late_team,
    reporting_groups,
    teams_of_week,
)
from server.people.stages import STAGES, Member, members_of_week
from server.people.weeks import monday_of
from server.privacy.people_of_week import Absence, Facts, people_of_week
from server.privacy.plan import Place, Plan, plan_of
from server.scoring.parameters import K

OWN, MERGED, UNIT, COMPANY_ONLY, NOTHING = "own", "merged", "unit", "company", "nothing"
LEVELS = (OWN, MERGED, UNIT, COMPANY_ONLY, NOTHING)


@dataclass(frozen=True)
class Group:
    """A reporting group and the finest level that its people see (one of LEVELS).

    `unit` and `name` are empty for people of whom the file names none. `people`: members, `present` of them
    not away. `teams`: team of the file -> members.
    """

    unit: str
    name: str
    people: int
    present: int
    teams: Mapping[str, int]
    level: str


@dataclass(frozen=True)
class Preview:
    """A week of the company in the file; `stages`: stage -> people who take part, and whether it is shown."""

    week: str
    people: int
    present: int
    groups: tuple[Group, ...]
    stages: Mapping[str, tuple[int, bool]]

    def at(self, level: str) -> list[Group]:
        """The groups whose people see this, the largest first."""
        found = [group for group in self.groups if group.level == level]
        return sorted(found, key=lambda group: (-group.people, group.unit, group.name))


def preview(file: PeopleFile, week: str, least: int = LEAST, k: int = K) -> Preview:
    """What the people of a file see in a week whose Monday is the fixing day of their groups."""
    known = directory_of(file, monday_of(week))
    members = members_of_week(known.people, week, moves={})
    groups = _groups(known, week, members, least)
    teams: dict[str, Counter[str]] = defaultdict(Counter)
    for member in members:
        if member.team is not None:
            teams[groups[member.team].team][member.team] += 1
    absences = {who: [Absence(first, last)] for who, (first, last) in known.absences.items()}
    rows = people_of_week(known.people, week, groups, Facts({}, absences=absences))
    present = Counter(row.place for row in rows if row.eligible)
    plan = plan_of(present, k)
    stages: Counter[str] = Counter()
    for place, n in present.items():
        stages[place.stage or ""] += n
    return Preview(
        week=week,
        people=len(rows),
        present=sum(present.values()),
        groups=_shown(
            _without_stage(row.place for row in rows), _without_stage(present.elements()), plan, teams
        ),
        stages={stage: (stages[stage], stage in plan.stages) for stage in STAGES if stage in stages},
    )


def _groups(known: FileDirectory, week: str, members: Sequence[Member], least: int) -> dict[str, Placed]:
    """As they are fixed on the Monday, and for those who begin later in the week."""
    head = headcounts(known.people, monday_of(week), known.branches)
    fixed = reporting_groups(head, least, partners=known.partners)
    placed = dict(fixed)
    for team, unit in sorted(teams_of_week(members).items()):
        placed[team] = place_late_team(team, unit, fixed, head)
    return placed


def _without_stage(places: Iterable[Place]) -> Counter[Place]:
    return Counter(place._replace(stage=None) for place in places)


def _shown(
    people: Counter[Place], present: Counter[Place], plan: Plan, teams: Mapping[str, Mapping[str, int]]
) -> tuple[Group, ...]:
    return tuple(
        Group(
            unit=place.unit or "",
            name=place.team or "",
            people=n,
            present=present[place],
            teams=teams.get(place.team or "", {}),
            level=_level(place, plan),
        )
        for place, n in people.items()
    )


def _level(place: Place, plan: Plan) -> str:
    if place.team in plan.teams:
        return MERGED if JOIN in (place.team or "") else OWN
    if place.unit in plan.units:
        return UNIT
    return COMPANY_ONLY if plan.company is not None else NOTHING
