"""Read the directory: who somebody is, and everybody's days for the weekly release."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.people.groups import Headcount, Partners, Placed, commonest_branches
from server.people.history_models import DirectoryChangeRow, PastSpellRow, StageFeedRow
from server.people.models import (
    AbsenceRow,
    AssignmentRow,
    InventoryRow,
    MoveRow,
    PartnerRow,
    PersonRow,
    ReportingGroupRow,
)
from server.people.stages import Assignment, Person, Spell, person_of, place_since, spell_of

_PERSON_COLUMNS = (
    PersonRow.person_id,
    PersonRow.hire,
    PersonRow.notice,
    PersonRow.notice_known,
    PersonRow.last_day,
    PersonRow.last_day_known,
)


@dataclass(frozen=True, slots=True)
class DaysAway:
    """A registered absence; no `until` means that it goes on."""

    since: date
    until: date | None


@dataclass(frozen=True)
class Directory:
    """Everybody of an organisation with their days; ids are the text of `person.person_id`."""

    people: tuple[Person, ...]
    absences: Mapping[str, tuple[DaysAway, ...]]


def person_by_employee_id(session: Session, org_id: UUID, employee_id: str) -> PersonRow | None:
    """The person whom the directory calls so."""
    return session.scalar(
        sa.select(PersonRow).where(PersonRow.org_id == org_id, PersonRow.employee_id == employee_id)
    )


def changes_of(session: Session, org_id: UUID, person_id: UUID) -> list[DirectoryChangeRow]:
    """Which source changed what of somebody on which day, the oldest first."""
    row = DirectoryChangeRow
    query = sa.select(row).where(row.org_id == org_id, row.person_id == person_id)
    return list(session.scalars(query.order_by(row.day, row.source, row.field)))


def owner_of_serial(session: Session, org_id: UUID, serial: str, day: date) -> UUID | None:
    """Whose laptop this serial number is on a day, as the asset list says."""
    return session.scalar(
        sa.select(InventoryRow.person_id)
        .where(
            InventoryRow.org_id == org_id, InventoryRow.serial == serial, InventoryRow.inventory_from <= day
        )
        .where(sa.or_(InventoryRow.inventory_to.is_(None), InventoryRow.inventory_to >= day))
    )


def ids_by_employee_id(session: Session, org_id: UUID) -> dict[str, UUID]:
    """Everybody's id by the directory's name for them."""
    query = sa.select(PersonRow.employee_id, PersonRow.person_id).where(PersonRow.org_id == org_id)
    return {row.employee_id: row.person_id for row in session.execute(query)}


def directory(session: Session, org_id: UUID) -> Directory:
    """Everybody's days, for the trusted core alone: these are rows of persons."""
    assignments, moves = _assignments(session, org_id), _listed_moves(session, org_id)
    absences = _absences(session, org_id)
    feeds, spells = _feeds(session, org_id), _past_spells(session, org_id)
    people = session.execute(
        sa.select(*_PERSON_COLUMNS).where(PersonRow.org_id == org_id).order_by(PersonRow.employee_id)
    )
    return Directory(
        people=tuple(
            person_of(
                str(row.person_id),
                row._asdict(),
                assignments.get(row.person_id, ()),
                moves.get(row.person_id, ()),
                ((days.since, days.until) for days in absences.get(row.person_id, ())),
                feeds.get(row.person_id, ()),
                spells.get(row.person_id, ()),
            )
            for row in people
        ),
        absences={str(person_id): tuple(days) for person_id, days in absences.items()},
    )


def _assignments(session: Session, org_id: UUID) -> dict[UUID, list[Assignment]]:
    row = AssignmentRow
    query = (
        sa.select(row.person_id, row.assignment_from, row.unit, row.team, row.reorganised)
        .where(row.org_id == org_id)
        .order_by(row.person_id, row.assignment_from)
    )
    found: dict[UUID, list[Assignment]] = defaultdict(list)
    for person_id, since, unit, team, reorganised in session.execute(query):
        found[person_id].append(place_since(since, unit, team, bool(reorganised)))
    return found


def _absences(session: Session, org_id: UUID) -> dict[UUID, list[DaysAway]]:
    found: dict[UUID, list[DaysAway]] = defaultdict(list)
    row = AbsenceRow
    query = (
        sa.select(row.person_id, row.absence_from, row.absence_to)
        .where(row.org_id == org_id)
        .order_by(row.person_id, row.absence_from)
    )
    for person_id, since, until in session.execute(query):
        found[person_id].append(DaysAway(since, until))
    return found


def _listed_moves(session: Session, org_id: UUID) -> dict[UUID, list[date]]:
    """The role changes that HR names."""
    moves: dict[UUID, list[date]] = defaultdict(list)
    for row in session.scalars(sa.select(MoveRow).where(MoveRow.org_id == org_id)):
        moves[row.person_id].append(row.role_change)
    return moves


def _feeds(session: Session, org_id: UUID) -> dict[UUID, list[tuple[str, date]]]:
    """Stages that HR itself names, with the day from which each holds."""
    row = StageFeedRow
    query = (
        sa.select(row.person_id, row.stage, row.stage_from)
        .where(row.org_id == org_id)
        .order_by(row.person_id, row.stage_from)
    )
    found: dict[UUID, list[tuple[str, date]]] = defaultdict(list)
    for person_id, stage, since in session.execute(query):
        found[person_id].append((stage, since))
    return found


def _past_spells(session: Session, org_id: UUID) -> dict[UUID, list[Spell]]:
    """Employments that ended, of people who came back."""
    row = PastSpellRow
    query = sa.select(row).where(row.org_id == org_id).order_by(row.person_id, row.last_day)
    found: dict[UUID, list[Spell]] = defaultdict(list)
    for spell in session.scalars(query):
        found[spell.person_id].append(spell_of(spell.last_day, vars(spell)))
    return found


def branches(session: Session, org_id: UUID, day: date) -> dict[str, str]:
    """Per team the branch that most of its people have on a day (of equals, the smaller name)."""
    query = (
        sa.select(AssignmentRow.team, AssignmentRow.branch, sa.func.count().label("people"))
        .where(AssignmentRow.org_id == org_id, AssignmentRow.assignment_from <= day)
        .where(sa.or_(AssignmentRow.assignment_to.is_(None), AssignmentRow.assignment_to >= day))
        .where(AssignmentRow.team.is_not(None), AssignmentRow.branch.is_not(None))
        .group_by(AssignmentRow.team, AssignmentRow.branch)
    )
    return commonest_branches({(row.team, row.branch): row.people for row in session.execute(query)})


def partners(session: Session, org_id: UUID) -> Partners:
    """The pairs of units and of teams that HR wants joined first."""
    pairs: dict[str, set[frozenset[str]]] = {"unit": set(), "team": set()}
    for row in session.scalars(sa.select(PartnerRow).where(PartnerRow.org_id == org_id)):
        pairs[row.kind].add(frozenset((row.name, row.partner)))
    return Partners(units=frozenset(pairs["unit"]), teams=frozenset(pairs["team"]))


@dataclass(frozen=True)
class QuarterGroups:
    """Reporting groups of a quarter: where each team is shown, and the headcounts of the fixing day."""

    placed: Mapping[str, Placed]
    head: tuple[Headcount, ...]


def quarter_groups(session: Session, org_id: UUID, quarter: str) -> QuarterGroups | None:
    """The groups fixed for a quarter; None if they are not fixed yet."""
    query = (
        sa.select(ReportingGroupRow)
        .where(ReportingGroupRow.org_id == org_id, ReportingGroupRow.quarter == quarter)
        .order_by(ReportingGroupRow.team)
    )
    rows = session.scalars(query).all()
    if not rows:
        return None
    return QuarterGroups(
        placed={row.team: Placed(row.group_unit, row.group_team) for row in rows},
        head=tuple(Headcount(row.unit, row.team, row.headcount) for row in rows),
    )


def last_quarter_before(session: Session, org_id: UUID, quarter: str) -> str | None:
    """The newest quarter before this one for which groups were fixed."""
    return session.scalar(
        sa.select(sa.func.max(ReportingGroupRow.quarter)).where(
            ReportingGroupRow.org_id == org_id, ReportingGroupRow.quarter < quarter
        )
    )


def quarters_fixed(session: Session, org_id: UUID) -> list[str]:
    """Quarters whose groups are fixed, by the week of the fixing Monday, oldest first."""
    query = (
        sa.select(ReportingGroupRow.quarter)
        .where(ReportingGroupRow.org_id == org_id)
        .distinct()
        .order_by(ReportingGroupRow.quarter)
    )
    return list(session.scalars(query))
