"""The rows of persons that a release is made from: who belongs to a week, and what each contributes.

Read by the release alone (docs/scoring.md 2.2, 5).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from server.people.groups import JOIN, Placed
from server.people.stages import Member, Person, members_of_week
from server.people.weeks import monday_of
from server.privacy.plan import Place
from server.scoring.parameters import IN_FORCE, Model
from server.scoring.person_week import DeviceDay, PersonWeek, person_week

WORKING_DAYS = 5  # Monday to Friday


@dataclass(frozen=True)
class HeldDevice:
    """A device assigned to a person from a day on, to a day (None: still), and since when it is enrolled."""

    since: date
    until: date | None = None
    enrolled: date | None = None

    def held_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Absence:
    """A registered absence, first and last day (None: open), without its kind."""

    since: date
    until: date | None = None


@dataclass(frozen=True)
class Facts:
    """What the store knows of a week, by person. `devices` None: no inventory, everybody has an enrolled one.

    `weeks`: person-weeks already made (persons without any device-day are absent from it), under `model`.
    """

    weeks: Mapping[str, PersonWeek]
    devices: Mapping[str, Sequence[HeldDevice]] | None = None
    absences: Mapping[str, Sequence[Absence]] = field(default_factory=dict)
    model: Model = IN_FORCE


@dataclass(frozen=True)
class PersonInWeek:
    """A row of a person. `outcome` is one of the funnel, None for who was absent all week and not active."""

    place: Place
    eligible: bool
    outcome: str | None
    week: PersonWeek | None

    @property
    def active(self) -> bool:
        return self.week is not None and self.week.active


def person_weeks(days: Iterable[tuple[str, DeviceDay]], model: Model = IN_FORCE) -> dict[str, PersonWeek]:
    """Person-weeks of the rows (person, device-day) of one week, under a model."""
    by_person: dict[str, list[DeviceDay]] = defaultdict(list)
    for person, day in days:
        by_person[person].append(day)
    return {person: person_week(rows, model) for person, rows in by_person.items()}


def people_of_week(
    people: Sequence[Person],
    week: str,
    groups: Mapping[str, Placed],
    facts: Facts,
    moves: Mapping[str, Collection[date]] | None = None,
) -> list[PersonInWeek]:
    """One row per member of the week. `groups` are the quarter's, teams that came later included."""
    by_id = {person.id: person for person in people}
    units = {unit: placed.unit for placed in groups.values() for unit in placed.unit.split(JOIN)}
    rows = []
    for member in members_of_week(people, week, moves):
        found = facts.weeks.get(member.id)
        absent = is_absent_all_week(by_id[member.id], week, facts.absences.get(member.id, ()))
        enrolment = _without_device(member, facts.devices)
        active = found is not None and found.active
        eligible = active or (enrolment is None and not absent)
        outcome = None if absent and not active else _outcome(found, enrolment, facts.model)
        rows.append(PersonInWeek(_place(member, groups, units), eligible, outcome, found))
    return rows


def is_absent_all_week(person: Person, week: str, absences: Iterable[Absence]) -> bool:
    """Absent on every Monday-to-Friday day of the week on which the person is a member, if there is one."""
    absences = tuple(absences)
    if not absences:
        return False
    monday = monday_of(week)
    days = [monday + timedelta(days=i) for i in range(WORKING_DAYS)]
    days = [day for day in days if person.is_member(day)]
    return bool(days) and all(
        any(a.since <= day and (a.until is None or day <= a.until) for a in absences) for day in days
    )


def _without_device(member: Member, devices: Mapping[str, Sequence[HeldDevice]] | None) -> str | None:
    """Why no device can speak for this member on the reference day; None if one can."""
    if devices is None:
        return None
    held = [device for device in devices.get(member.id, ()) if device.held_on(member.day)]
    if not held:
        return "no_device"
    enrolled = any(d.enrolled is not None and d.enrolled <= member.day for d in held)
    return None if enrolled else "not_enrolled"


def _outcome(week: PersonWeek | None, without_device: str | None, model: Model) -> str:
    if week is not None and week.active:
        return "counted" if week.has_enough_signals(model) else "too_few_signals"
    if without_device is not None:
        return without_device
    return "nothing_on_time" if week is None else "too_little_use"


def _place(member: Member, groups: Mapping[str, Placed], units: Mapping[str, str]) -> Place:
    placed = groups.get(member.team) if member.team is not None else None
    if placed is not None:
        return Place(placed.unit, placed.team, member.stage)
    return Place(units.get(member.unit or ""), None, member.stage)
