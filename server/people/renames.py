"""Teams and units that go under another name: what was said under the old one goes on under the new. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from server.people.changes import Place
from server.people.groups import JOIN, Headcount, Placed

TEAM, UNIT = "team", "unit"


class Rename(NamedTuple):
    """`kind` is team or unit. Several names that become one on a day are merged."""

    kind: str
    name: str
    day: date
    became: str


@dataclass(frozen=True)
class NewNames:
    """Old name -> the newest one, of teams and of units."""

    teams: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def head(self, head: Iterable[Headcount]) -> tuple[Headcount, ...]:
        """Headcounts under the new names of teams; those of merged ones stand beside each other."""
        return tuple(row._replace(team=self.teams.get(row.team, row.team)) for row in head)

    def placed(self, placed: Mapping[str, Placed], head: Sequence[Headcount]) -> dict[str, Placed]:
        """Where each team is shown, by its new name. Of merged ones the place of the largest holds."""
        size = {row.team: row.number for row in head}
        smallest_first = sorted(placed, key=lambda team: (size.get(team, 0), team))
        return {self.teams.get(team, team): placed[team] for team in smallest_first}

    def units_of(self, placed: Mapping[str, Placed]) -> dict[str, Placed]:
        """The same places under the new names of units."""
        return {team: at._replace(unit=self._joined(at.unit)) for team, at in placed.items()}

    def _joined(self, units: str) -> str:
        names = {self.units.get(unit, unit) for unit in units.split(JOIN)}
        return JOIN.join(sorted(names))


def new_names(renames: Iterable[Rename], after: date, until: date) -> NewNames:
    """What names of the day `after` became up to the day `until`."""
    found: dict[str, dict[str, str]] = {TEAM: {}, UNIT: {}}
    for rename in sorted(renames, key=lambda one: one.day):
        if after < rename.day <= until:
            names = found[rename.kind]
            for name, now in names.items():
                if now == rename.name:
                    names[name] = rename.became
            names[rename.name] = rename.became
    return NewNames(found[TEAM], found[UNIT])


def under_new_name(
    places: Sequence[Place], kind: str, old: Iterable[str], new: str, day: date
) -> list[Place]:
    """A person's places where these teams (units) are called so from a day on, which is nobody's move."""
    old = frozenset(old)
    found: list[Place] = []
    for number, place in enumerate(places):
        ends = places[number + 1].since if number + 1 < len(places) else None
        if getattr(place, kind) not in old or (ends is not None and ends <= day):
            found.append(place)
            continue
        renamed = place._replace(team=new) if kind == TEAM else place._replace(unit=new)
        if place.since >= day:
            found.append(renamed)
        else:
            found += [place, renamed._replace(since=day, reorganised=True)]
    return found
