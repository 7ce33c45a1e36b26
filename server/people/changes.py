"""What one line about a person changes: told apart are what is new, what changed and what was wrong before.

Pure: what is known of a person and a line in, rows to write and changes to tell out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from server.people.csv_import import PersonLine, Value
from server.people.fields import names_of
from server.people.precedence import CSV, Precedence, accepted

Kind = Literal["new", "moved", "rehired", "left", "changed", "corrected"]
"""new: the person came in; moved: another place from a day on; rehired: a hire day after the last day;
left: a last day is told; corrected: what was stored was never true; changed: anything else."""

PLACE = ("unit", "team", "branch")
_PERSON = names_of("person")
_OF_SPELL = ("hire", "notice", "notice_known", "last_day_known")
_NOWHERE = (None, None, None)
_CORRECTED = frozenset({"hire"})
"""A day that cannot change, only be told wrongly."""
_DAY = timedelta(days=1)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """How lines are to be taken. `correct`: what they say was so all along, where something else is stored;
    `reorganisation`: places that begin are nobody's change of role."""

    source: str = CSV
    correct: bool = False
    reorganisation: bool = False


class Place(NamedTuple):
    """Unit, team and branch of a person from a day on, until the next one begins."""

    since: date
    unit: str | None
    team: str | None
    branch: str | None
    reorganised: bool | None = None

    @property
    def names(self) -> tuple[str | None, str | None, str | None]:
        return self.unit, self.team, self.branch


@dataclass(slots=True)
class Known:
    """What the store has of one person. `person` is None for somebody new; `told`: source -> fields of which
    it has a value; `stages`: first day -> stage."""

    person: Row | None = None
    places: Sequence[Place] = ()
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)
    moves: frozenset[date] = frozenset()
    absences: Mapping[date, date | None] = field(default_factory=dict)
    stages: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` are values of `field`; of a place they are its names, which hold from `since`."""

    field: str
    kind: Kind
    before: Value = None
    after: Value = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What becomes of a person. Parts that stay as they are are None or empty.

    `disagreed`: fields of which another source, named here, goes first and says something else.
    """

    is_new: bool
    changes: list[Change] = field(default_factory=list)
    disagreed: list[tuple[str, str]] = field(default_factory=list)
    person: dict[str, Any] | None = None
    places: list[Place] | None = None
    told: frozenset[str] | None = None
    spell: dict[str, Any] | None = None
    move: date | None = None
    absence: tuple[date, date | None] | None = None
    stage: tuple[date, str] | None = None


def changed_by(
    line: PersonLine, known: Known, today: date, telling: Telling, precedence: Precedence
) -> Changed:
    """What a line about a person changes if it is told today."""
    before = known.person
    day = line.day("assignment_from")
    values, disagreed, told = accepted(
        line.values, _stored(known, day or today), known.told, telling.source, precedence
    )
    stage = _stage(line, values, known, today)
    person, spell = _person(before, values, {**known.stages, **dict([stage] if stage else [])})
    first = day or _first_day(person, known.places, spell, today)
    named = {name: values[name] for name in PLACE if name in values}
    places = _placed(known.places, named, first, telling, shift=day is not None, today=today)
    move = line.day("role_change")
    move = None if move in known.moves else move
    absence = _absence(line, known)
    if before is None:
        changes = [Change("person", "new", after=_told(_at(places, today)), since=person["hire"])]
    else:
        changes = [
            *_of_person(before, person, spell, telling),
            *_of_places(known.places, places, first),
            *_of_lists(move, absence, stage),
        ]
    return Changed(
        is_new=before is None,
        changes=changes,
        disagreed=disagreed,
        person=person if before is None or any(before[name] != person[name] for name in _PERSON) else None,
        places=places if places != list(known.places) else None,
        told=told if told != known.told.get(telling.source, frozenset()) else None,
        spell=spell,
        move=move,
        absence=absence,
        stage=stage,
    )


def _stored(known: Known, day: date) -> dict[str, Any]:
    """The values of all fields that hold on a day."""
    stored = dict(known.person or {})
    if (held := _at(known.places, day)) is not None:
        stored.update(zip(PLACE, held.names, strict=True))
    begun = [first for first in known.stages if first <= day]
    return stored | ({"stage": known.stages[max(begun)]} if begun else {})


def _person(
    before: Row | None, values: Mapping[str, Value], stages: Mapping[date, str]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The person's own columns afterwards, and the employment that ended before if they were hired again."""
    merged: dict[str, Any] = {name: before[name] if before is not None else None for name in _PERSON}
    merged |= {name: values[name] for name in _PERSON if name in values}
    if stages:  # they stand in place of the days, and whoever needs a last day finds it here
        newest = max(stages)
        merged["last_day"] = newest - _DAY if stages[newest] == "left" else None
    ended: date | None = before["last_day"] if before is not None else None
    if before is None or ended is None or stages or merged["hire"] is None or merged["hire"] <= ended:
        return merged, None
    for name in ("notice", "notice_known", "last_day", "last_day_known"):
        merged[name] = values.get(name)
    return merged, {"last_day": ended} | {name: before[name] for name in _OF_SPELL}


def _of_person(before: Row, after: Row, spell: Row | None, telling: Telling) -> Iterator[Change]:
    for name in _PERSON:
        old, new = before[name], after[name]
        if old == new:
            continue
        if spell is not None and name == "hire":
            yield Change(name, "rehired", old, new)
        elif telling.correct or (name in _CORRECTED and old is not None):
            yield Change(name, "corrected", old, new)
        elif name == "last_day" and new is not None:
            yield Change(name, "left", old, new)
        else:
            yield Change(name, "changed", old, new)


def _first_day(person: Row, places: Sequence[Place], spell: Row | None, today: date) -> date:
    """Since when a place holds of which nobody says since when."""
    hire: date | None = person["hire"]
    return hire if hire is not None and (not places or spell is not None) else today


def _at(places: Sequence[Place], day: date) -> Place | None:
    """The place on a day; before the first one, the first."""
    begun = [place for place in places if place.since <= day]
    return begun[-1] if begun else next(iter(places), None)


def _placed(
    places: Sequence[Place],
    named: Mapping[str, Value],
    day: date,
    telling: Telling,
    shift: bool,
    today: date,
) -> list[Place]:
    """All places afterwards, where these names hold from `day` on; what was true before stays."""
    after = list(places)
    held = _at(places, day)
    names: dict[str, Any] = dict(zip(PLACE, held.names if held else _NOWHERE, strict=True)) | dict(named)
    wanted = Place(day, **names, reorganised=telling.reorganisation or None)
    if not named or (held is None and wanted.names == _NOWHERE):
        return after
    if telling.correct:
        return _corrected(after, wanted, shift, today)
    if held is not None and held.names == wanted.names:
        return after
    if held is not None and held.since == day:
        after.remove(held)
        wanted = wanted._replace(reorganised=wanted.reorganised or held.reorganised)
    return sorted([*after, wanted], key=_since)


def _since(place: Place) -> date:
    return place.since


def _corrected(places: list[Place], wanted: Place, shift: bool, today: date) -> list[Place]:
    """Places after a correction: the same names begin on another day, or other names held all along.

    `shift`: a first day is told; without one, the place that holds today was wrong.
    """
    held = _at(places, wanted.since if shift else today)
    later = next((place for place in places if place.since > wanted.since), None)
    if not shift:
        wrong, right = held, wanted._replace(since=held.since if held else wanted.since)
    else:
        same = (place for place in (held, later) if place is not None and place.names == wanted.names)
        wrong, right = next(same, None), wanted
    kept = [place for place in places if place != wrong and place.since != right.since]
    if wrong is not None:
        right = right._replace(reorganised=right.reorganised or wrong.reorganised)
    corrected: list[Place] = []
    for place in sorted([*kept, right], key=_since):
        if not corrected or corrected[-1].names != place.names:
            corrected.append(place)
    return corrected


def _of_places(before: Sequence[Place], after: Sequence[Place], day: date) -> Iterator[Change]:
    """One change of place, as people would tell it."""
    if list(before) == list(after):
        return
    known, now = {place.since: place for place in before}, {place.since: place for place in after}
    gone = [place for place in before if place.since not in now]
    written = [place for place in after if known.get(place.since) != place]
    if not gone and written and written[0].since not in known:
        was = _at(before, written[0].since)
        yield Change("place", "moved", _told(was), _told(written[0]), written[0].since)
        return
    right = written[0] if written else _at(after, day)
    wrong = known.get(right.since) if right else None
    told = _told(wrong or next(iter(gone), None)), _told(right)
    yield Change("place", "corrected", *told, right.since if right else None)


def _told(place: Place | None) -> str | None:
    """A place in one line, as reports have it."""
    if place is None:
        return None
    names = place.names if place.branch is not None else place.names[:2]
    return " / ".join(name or "-" for name in names)


def _absence(line: PersonLine, known: Known) -> tuple[date, date | None] | None:
    """The absence of a line, unless it is known with that end."""
    first, last = line.day("absence_from"), line.day("absence_to")
    if first is None or (first in known.absences and known.absences[first] == last):
        return None
    return first, last


def _stage(
    line: PersonLine, values: Mapping[str, Value], known: Known, today: date
) -> tuple[date, str] | None:
    """The stage of a feed that the line brings, with its first day; None if it is the one that holds."""
    stage = values.get("stage")
    if not isinstance(stage, str):
        return None
    since = line.day("stage_from") or today
    begun = [first for first in known.stages if first <= since]
    told_again = line.day("stage_from") is None and begun and known.stages[max(begun)] == stage
    return None if told_again or known.stages.get(since) == stage else (since, stage)


def _of_lists(
    move: date | None, absence: tuple[date, date | None] | None, stage: tuple[date, str] | None
) -> Iterator[Change]:
    if move is not None:
        yield Change("role_change", "changed", after=move)
    if absence is not None:
        yield Change("absence_from", "changed", after=absence[0])
    if stage is not None:
        yield Change("stage", "changed", after=stage[1], since=stage[0])
