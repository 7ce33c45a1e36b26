"""Stage of working life on a day, and who is a member of the company in a week (docs/scoring.md 2.2, 2.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from server.people.weeks import monday_of, sunday_of

STAGES = ("onboarding", "training", "role_change", "steady", "offboarding")
NOT_SCORED = ("not_started", "left")

ONBOARDING_DAYS = 30
TRAINING_DAYS = 90
ROLE_CHANGE_DAYS = 60
LONG_ABSENCE_DAYS = 90  # the return from an absence of that length is a move
OFFBOARDING_DAYS = 29  # before a known last day, where no notice date is known
REORGANISATION_LEAST = 5  # people who leave a team together, and at least half of it, were reorganised

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Assignment:
    """Unit and team of a person from a day on, by their names in the directory.

    `reorganised`: the directory itself says that the company changed, and not the work of this person.
    """

    since: date
    unit: str | None
    team: str | None
    reorganised: bool = False


@dataclass(frozen=True)
class Spell:
    """An employment that ended, with the days that `Person` has of the newest one."""

    last_day: date
    hire: date | None = None
    notice: date | None = None
    known: date | None = None


@dataclass(frozen=True)
class Person:
    """What the directory knows about somebody, as far as membership and stage need it.

    `known` is the day from which HR marked notice or last day as known to the person. `earlier` are the
    employments before this one, of somebody who came back. A `feed` of (stage, since) replaces hire, notice,
    last day, known, earlier employments and moves. Assignments, employments and feed are in order of days.
    """

    id: str
    hire: date | None = None
    last_day: date | None = None
    notice: date | None = None
    known: date | None = None
    assignments: tuple[Assignment, ...] = ()
    listed_moves: tuple[date, ...] = ()
    feed: tuple[tuple[str, date], ...] = ()
    earlier: tuple[Spell, ...] = ()

    def first_member_day(self) -> date | None:
        return self.feed[0][1] if self.feed else self.hire

    def last_member_day(self) -> date | None:
        if not self.feed:
            return self.last_day
        stage, since = self.feed[-1]
        return since - _DAY if stage == "left" else None

    def employed(self, day: date) -> "Person":
        """The same person with the days of the employment that a day belongs to, or of the next one."""
        if self.feed:
            return self
        for spell in self.earlier:
            if day <= spell.last_day:
                return replace(
                    self, hire=spell.hire, last_day=spell.last_day, notice=spell.notice, known=spell.known
                )
        return self

    def is_member(self, day: date) -> bool:
        then = self.employed(day)
        first, last = then.first_member_day(), then.last_member_day()
        return (first is None or first <= day) and (last is None or day <= last)

    def assigned(self, day: date) -> Assignment | None:
        """The last assignment that had begun; before the first one, the first."""
        begun = [a for a in self.assignments if a.since <= day]
        return begun[-1] if begun else next(iter(self.assignments), None)

    def team(self, day: date) -> str | None:
        assignment = self.assigned(day)
        return assignment.team if assignment else None


def person_of(
    id: str,
    days: Mapping[str, date | None],
    assignments: Sequence[Assignment],
    moves: Iterable[date],
    absences: Iterable[tuple[date, date | None]],
    feed: Iterable[tuple[str, date]] = (),
    earlier: Iterable[Spell] = (),
) -> Person:
    """A person from the directory's columns of days (`hire`, `notice`, `notice_known`, `last_day`,
    `last_day_known`), listed moves, and absences of (first day, last day or None)."""
    returns = [
        until + _DAY
        for since, until in absences
        if until is not None and (until - since).days + 1 >= LONG_ABSENCE_DAYS
    ]
    return Person(
        id=id,
        hire=days["hire"],
        last_day=days["last_day"],
        notice=days["notice"] or days["notice_known"],
        known=_known(days),
        assignments=tuple(assignments),
        listed_moves=tuple(sorted([*moves, *returns])),
        feed=tuple(feed),
        earlier=tuple(earlier),
    )


def spell_of(last_day: date, days: Mapping[str, date | None]) -> Spell:
    """An employment that ended, from the directory's columns of days."""
    return Spell(last_day, days["hire"], days["notice"] or days["notice_known"], _known(days))


def _known(days: Mapping[str, date | None]) -> date | None:
    known = [day for day in (days["notice_known"], days["last_day_known"]) if day is not None]
    return min(known, default=None)


def place_since(since: date, unit: str | None, team: str | None, reorganised: bool = False) -> Assignment:
    """An assignment as the directory names it: a team whose unit is not known is a unit of its own."""
    return Assignment(since, unit or team, team, reorganised)


@dataclass(frozen=True)
class Member:
    """A person in one week: unit and team by their names in the directory, and the stage, of one day."""

    id: str
    day: date
    unit: str | None
    team: str | None
    stage: str


def stage_on(person: Person, day: date, moves: Collection[date] = ()) -> str:
    """Stage of a person on a day; `moves` are the changes of team that count, listed moves come on top."""
    if person.feed:
        begun = [stage for stage, since in person.feed if since <= day]
        return begun[-1] if begun else "not_started"
    person = person.employed(day)
    hire, last = person.hire, person.last_day
    if hire is not None and day < hire:
        return "not_started"
    if last is not None and day > last:
        return "left"
    if _offboarding(person, day):
        return "offboarding"
    if hire is not None and (day - hire).days < ONBOARDING_DAYS:
        return "onboarding"
    if hire is not None and (day - hire).days < TRAINING_DAYS:
        return "training"
    # A move up to the hire date is out of sight by now: `training` lasts longer than a change of role.
    if any(0 <= (day - move).days < ROLE_CHANGE_DAYS for move in (*moves, *person.listed_moves)):
        return "role_change"
    return "steady"


def _offboarding(person: Person, day: date) -> bool:
    """An end that HR has not marked as known to the person changes nothing."""
    if person.known is None or day < person.known:
        return False
    if person.notice is not None:
        return day >= person.notice
    return person.last_day is not None and day >= person.last_day - timedelta(days=OFFBOARDING_DAYS)


def true_moves(
    people: Sequence[Person], since: date | None = None, until: date | None = None
) -> dict[str, list[date]]:
    """Per person the days on which a change of team counts as a move; people without one are absent.

    A team that is renamed, or half of it sent elsewhere on one day, is no change in anybody's working life,
    nor is what the directory calls a reorganisation.
    """
    changes: dict[date, dict[str, list[Person]]] = defaultdict(lambda: defaultdict(list))
    for person in people:
        for old, new in pairwise(person.assignments):
            known = old.team is not None and new.team is not None and not new.reorganised
            if known and old.team != new.team and _between(new.since, since, until):
                changes[new.since][str(old.team)].append(person)
    moves: dict[str, list[date]] = {}
    for day in sorted(changes):
        stayed = [p for p in people if p.is_member(day - _DAY) and p.is_member(day)]
        before_after = [(p.team(day - _DAY), p.team(day)) for p in stayed]
        for old_team, movers in changes[day].items():
            if not _whole_team_changed(old_team, before_after):
                for person in movers:
                    moves.setdefault(person.id, []).append(day)
    return moves


def _between(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


def _whole_team_changed(old_team: str, before_after: Sequence[tuple[str | None, str | None]]) -> bool:
    """Reorganisation or rename of `old_team`, from everybody's (team before, team after)."""
    went_to = [after for before, after in before_after if before == old_team]
    gone = [after for after in went_to if after != old_team]
    if len(gone) >= REORGANISATION_LEAST and 2 * len(gone) >= len(went_to):
        return True
    if not gone or len(gone) < len(went_to) or len(set(gone)) > 1:
        return False
    return all(before != gone[0] for before, _ in before_after)


def reference_day(person: Person, week: str) -> date | None:
    """The day that decides about a person's whole week; None if not a member in it."""
    monday = monday_of(week)
    then = person.employed(monday)
    first, last = then.first_member_day(), then.last_member_day()
    day = monday if first is None else max(monday, first)
    if day > sunday_of(week) or (last is not None and last < day):
        return None
    return day


def relevant_moves(people: Sequence[Person], week: str) -> dict[str, list[date]]:
    """The moves that can still make a `role_change` in a week; older ones need no looking at."""
    since = monday_of(week) - timedelta(days=ROLE_CHANGE_DAYS)
    return true_moves(people, since, sunday_of(week))


def members_of_week(
    people: Sequence[Person], week: str, moves: Mapping[str, Collection[date]] | None = None
) -> list[Member]:
    """Everybody who belongs to the company in a week, in the order given."""
    if moves is None:
        moves = relevant_moves(people, week)
    members = []
    for person in people:
        day = reference_day(person, week)
        if day is None:
            continue
        stage = stage_on(person, day, moves.get(person.id, ()))
        if stage in NOT_SCORED:  # a feed can say so in the middle
            continue
        assignment = person.assigned(day)
        unit, team = (assignment.unit, assignment.team) if assignment else (None, None)
        members.append(Member(person.id, day, unit, team, stage))
    return members
