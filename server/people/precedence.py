"""Two systems that know people and disagree: who goes first, field by field. Pure.

A source that goes first keeps a field until it has no value for it any more, so that imports that come by
turns never write a value to and fro.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.people.csv_import import Value
from server.people.fields import names_of

SCIM = "scim"
CSV = "csv"
"""The source of files that name none."""

FIRST, LAST = 0, 1_000_000
"""Ranks of these two unless somebody says otherwise; others stand between, in the order they came in."""
DEFAULT_RANKS = {SCIM: FIRST, CSV: LAST}

JUDGED = frozenset({*names_of("person"), "unit", "team", "branch", "stage"} - {"employee_id"})
"""Fields with one value. Absences, role changes and partners are lists, to which every source may add."""


@dataclass(frozen=True, slots=True)
class Precedence:
    """The lowest of `ranks` goes first, and before it a source that is first for a field."""

    ranks: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_RANKS))
    first_for: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def first(self, sources: Iterable[str], name: str) -> str:
        """Whose value of this field counts."""
        return min(sources, key=lambda source: self._place(source, name))

    def _place(self, source: str, name: str) -> tuple[bool, int, str]:
        rank = self.ranks.get(source, DEFAULT_RANKS.get(source, LAST - 1))
        return name not in self.first_for.get(source, ()), rank, source


def accepted(
    values: Mapping[str, Value],
    stored: Mapping[str, object],
    told: Mapping[str, frozenset[str]],
    source: str,
    precedence: Precedence,
) -> tuple[dict[str, Value], list[tuple[str, str]], frozenset[str]]:
    """The values of a source that count; fields with the source that says otherwise; fields it now tells.

    An empty value withdraws what the source itself said, and nothing that another one says.
    """
    own = set(told.get(source, ()))
    others = {name: fields for name, fields in told.items() if name != source and fields}
    counts: dict[str, Value] = {}
    disagreed = []
    for name, value in values.items():
        if name not in JUDGED:
            counts[name] = value
            continue
        tellers = [other for other, fields in others.items() if name in fields]
        first = precedence.first([source, *tellers], name) if tellers else source
        if value is not None:
            own.add(name)
            if first == source:
                counts[name] = value
            elif stored.get(name) != value:
                disagreed.append((name, first))
        elif not tellers or (name in own and first == source):
            counts[name] = None
        if value is None:
            own.discard(name)
    return counts, disagreed, frozenset(own)
