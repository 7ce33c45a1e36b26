"""Rows of some people: read for `server.people.changes`, and written back, one statement for each table."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.bulk import Target, delete_where, find_where, insert, insert_missing, target
from server.db import Base
from server.people.changes import PLACE, Changed, Known, Place
from server.people.fields import names_of
from server.people.history_models import DirectoryChangeRow, PastSpellRow, PersonSourceRow, StageFeedRow
from server.people.models import AbsenceRow, AssignmentRow, MoveRow, PersonRow

_DAY = timedelta(days=1)
_PERSON = names_of("person")


def _table(model: type[Base]) -> sa.Table:
    return Base.metadata.tables[model.__tablename__]


_PEOPLE = target(_table(PersonRow), "org_id", "person_id", *_PERSON)
_PLACES = target(
    _table(AssignmentRow), "org_id", "person_id", "assignment_from", "assignment_to", *PLACE, "reorganised"
)
_SPELLS = target(_table(PastSpellRow))
_CHANGES = target(_table(DirectoryChangeRow))
_MOVES = target(_table(MoveRow))
_SOURCES = target(_table(PersonSourceRow))
_ABSENCES = target(_table(AbsenceRow))
_STAGES = target(_table(StageFeedRow))

Row = tuple[Any, ...]


def known_people(
    session: Session, org_id: UUID, ids: Sequence[UUID], columns: Collection[str]
) -> dict[UUID, Known]:
    """What the store has of these people, as far as lines with these columns can change it."""
    known = {person_id: Known() for person_id in ids}
    session.flush()

    def rows(found: Target) -> list[dict[str, Any]]:
        keys = ((org_id, person_id) for person_id in ids)
        some = find_where(session.connection(), found, ("org_id", "person_id"), keys)
        return [dict(zip(found.columns, row, strict=True)) for row in some]

    for row in rows(_PEOPLE):
        known[row["person_id"]].person = row
    places: dict[UUID, list[Place]] = defaultdict(list)
    told: dict[UUID, dict[str, frozenset[str]]] = defaultdict(dict)
    stages: dict[UUID, dict[date, str]] = defaultdict(dict)
    for row in sorted(rows(_PLACES), key=itemgetter("assignment_from")):
        names = {name: row[name] for name in (*PLACE, "reorganised")}
        places[row["person_id"]].append(Place(row["assignment_from"], **names))
    for row in rows(_SOURCES):
        told[row["person_id"]][row["source"]] = frozenset(filter(None, row["fields"].split(",")))
    for row in rows(_STAGES):
        stages[row["person_id"]][row["stage_from"]] = row["stage"]
    for person_id, one in known.items():
        one.places, one.told = places.get(person_id, ()), told.get(person_id, {})
        one.stages = stages.get(person_id, {})
    if "role_change" in columns:
        for row in rows(_MOVES):
            known[row["person_id"]].moves |= {row["role_change"]}
    if "absence_from" in columns:
        for row in rows(_ABSENCES):
            one = known[row["person_id"]]
            one.absences = {**one.absences, row["absence_from"]: row["absence_to"]}
    return known


@dataclass
class _Kept:
    """Rows of one table, as tuples in the order of its columns: those that are new, and those that change."""

    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)


@dataclass
class Writing:
    """Gathers what becomes of some people, and writes it. `day` is the day on which it is told."""

    org_id: UUID
    source: str
    day: date
    _people: _Kept = field(default_factory=_Kept)
    _places: _Kept = field(default_factory=_Kept)
    _places_gone: list[Row] = field(default_factory=list)
    _sources: _Kept = field(default_factory=_Kept)
    _absences: _Kept = field(default_factory=_Kept)
    _stages: _Kept = field(default_factory=_Kept)
    _spells: list[Row] = field(default_factory=list)
    _moves: list[Row] = field(default_factory=list)
    _noted: list[Row] = field(default_factory=list)

    def add(self, person_id: UUID, employee_id: str, known: Known, changed: Changed) -> None:
        """Take in what becomes of one person."""
        key = (self.org_id, person_id)
        if changed.person is not None:
            kept = changed.person | {"employee_id": employee_id}
            of_table = self._people.changed if known.person is not None else self._people.new
            of_table.append((*key, *(kept[name] for name in _PERSON)))
        if changed.places is not None:
            self._add_places(key, known.places, changed.places)
        if changed.told is not None:
            of_source = self._sources.changed if self.source in known.told else self._sources.new
            of_source.append((*key, self.source, ",".join(sorted(changed.told))))
        if changed.spell is not None:
            self._spells.append((*key, *(changed.spell[name] for name in _SPELLS.columns[2:])))
        if changed.move is not None:
            self._moves.append((*key, changed.move))
        if changed.absence is not None:
            of_days = self._absences.changed if changed.absence[0] in known.absences else self._absences.new
            of_days.append((*key, *changed.absence))
        if changed.stage is not None:
            of_feed = self._stages.changed if changed.stage[0] in known.stages else self._stages.new
            of_feed.append((*key, *changed.stage))
        noted = {change.field: change.kind for change in changed.changes}
        self._noted += ((*key, self.day, self.source, name, kind) for name, kind in noted.items())

    def _add_places(self, key: Row, before: Sequence[Place], after: Sequence[Place]) -> None:
        known, now = _with_ends(before), _with_ends(after)
        for since, values in now.items():
            if since not in known:
                self._places.new.append((*key, since, *values))
            elif known[since] != values:
                self._places.changed.append((*key, since, *values))
        self._places_gone += ((*key, since) for since in known if since not in now)

    def write(self, session: Session) -> None:
        """Write all of it. What another turn of this day noted already stays as it is."""
        connection = session.connection()
        delete_where(connection, _PLACES.table, ("org_id", "person_id", "assignment_from"), self._places_gone)
        for into, kept in (
            (_PEOPLE, self._people),
            (_PLACES, self._places),
            (_SOURCES, self._sources),
            (_ABSENCES, self._absences),
            (_STAGES, self._stages),
        ):
            insert(connection, into, kept.new)
            _update(connection, into.table, into.columns, kept.changed)
        insert_missing(connection, _SPELLS, self._spells)
        insert_missing(connection, _MOVES, self._moves)
        insert_missing(connection, _CHANGES, self._noted)


def _with_ends(places: Sequence[Place]) -> dict[date, Row]:
    """Values of the rows by first day; each ends on the day before the next."""
    ends = [place.since - _DAY for place in places[1:]] + [None] * bool(places)
    return {
        place.since: (end, *place.names, place.reorganised) for place, end in zip(places, ends, strict=True)
    }


def _update(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    others = [name for name in columns if name not in keys]
    statement = (
        sa.update(table)
        .where(*(table.c[name] == sa.bindparam(f"key_{name}") for name in keys))
        .values({name: sa.bindparam(f"new_{name}") for name in others})
    )
    named = [f"key_{name}" if name in keys else f"new_{name}" for name in columns]
    connection.execute(statement, [dict(zip(named, row, strict=True)) for row in rows])
