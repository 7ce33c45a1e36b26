"""Fix a quarter's reporting groups in the store, and place teams that come later (docs/scoring.md 2.4)."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from server.people.groups import (
    Continued,
    Headcount,
    Placed,
    continue_groups,
    headcounts,
    place_late_team,
    reporting_groups,
    teams_of_week,
)
from server.people.models import Organisation, ReportingGroupRow
from server.people.queries import (
    QuarterGroups,
    branches,
    last_quarter_before,
    partners,
    quarter_groups,
    quarters_fixed,
)
from server.people.renames import NewNames, new_names
from server.people.stages import Person, members_of_week
from server.people.teams import renames
from server.people.weeks import fixing_week, monday_of, sunday_of, week_of


def groups_of_week(
    session: Session, organisation: Organisation, people: Sequence[Person], week: str
) -> dict[str, Placed]:
    """Where each team is shown in a week. Fixes the quarter's groups if that was not done yet.

    They are fixed from the headcount of the quarter's first Monday; in an organisation that began later, of
    the Monday of the week in which it began.
    """
    org_id, quarter = organisation.org_id, fixing_week(week)
    groups = quarter_groups(session, org_id, quarter)
    if groups is None:
        groups = _fix(session, organisation, people, quarter)
    placed = dict(groups.placed)
    names = new_names(renames(session, org_id), monday_of(quarter), sunday_of(week))
    under_new_names = names.placed(groups.placed, groups.head)
    for team, unit in sorted(teams_of_week(members_of_week(people, week, moves={})).items()):
        if team not in placed:
            placed[team] = place_late_team(team, unit, under_new_names, names.head(groups.head))
            _keep(session, organisation, quarter, Headcount(unit or "", team, 0), placed[team])
    session.flush()
    return placed


def _fix(
    session: Session, organisation: Organisation, people: Sequence[Person], quarter: str
) -> QuarterGroups:
    org_id = organisation.org_id
    day = monday_of(max(quarter, week_of(organisation.created_on)))
    before = last_quarter_before(session, org_id, quarter)
    previous = quarter_groups(session, org_id, before) if before is not None else None
    head = headcounts(people, day, branches(session, org_id, day))
    names = _names_since(session, org_id, before, day)
    placed = reporting_groups(
        head,
        organisation.group_least,
        names.units_of(names.placed(previous.placed, previous.head)) if previous is not None else None,
        partners(session, org_id),
    )
    for row in head:
        _keep(session, organisation, quarter, row, placed[row.team])
    return QuarterGroups(placed, tuple(head))


def _names_since(session: Session, org_id: UUID, before: str | None, day: date) -> NewNames:
    """What the names of an earlier quarter became."""
    return new_names(renames(session, org_id), monday_of(before), day) if before is not None else NewNames()


def _keep(session: Session, organisation: Organisation, quarter: str, row: Headcount, at: Placed) -> None:
    session.add(
        ReportingGroupRow(
            org_id=organisation.org_id,
            quarter=quarter,
            team=row.team,
            unit=row.unit,
            group_unit=at.unit,
            group_team=at.team,
            headcount=row.number,
        )
    )


def earlier_names(session: Session, org_id: UUID, week: str) -> dict[str, dict[str, str]]:
    """Under which names the groups of a week's quarter went in each earlier quarter.

    First week of the quarter -> `unit:B` or `team:B` -> the name of the group whose trend it goes on; groups
    that do not reach back so far are absent.
    """
    quarter = fixing_week(week)
    newer = quarter_groups(session, org_id, quarter)
    if newer is None:
        return {}
    line = {f"{kind}:{name}": name for at in newer.placed.values() for kind, name in _kinds(at)}
    found: dict[str, dict[str, str]] = {}
    changed = renames(session, org_id)
    for earlier in reversed([fixed for fixed in quarters_fixed(session, org_id) if fixed < quarter]):
        older = quarter_groups(session, org_id, earlier)
        assert older is not None
        names = new_names(changed, monday_of(earlier), monday_of(quarter))
        placed = names.placed(older.placed, older.head)
        step = _step(continue_groups(names.head(older.head), placed, newer.head, newer.placed))
        line = {group: step[was] for group, name in line.items() if (was := _renamed(group, name)) in step}
        found[earlier] = line
        newer, quarter = older, earlier
    return found


def _kinds(at: Placed) -> tuple[tuple[str, str], ...]:
    return ("unit", at.unit), ("team", at.team)


def _renamed(group: str, name: str) -> str:
    return f"{group.partition(':')[0]}:{name}"


def _step(lines: Mapping[str, Mapping[str, Continued | None]]) -> dict[str, str]:
    return {
        f"{kind}:{name}": line.old
        for kind, groups in lines.items()
        for name, line in groups.items()
        if line is not None
    }
