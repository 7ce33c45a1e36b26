"""What an import changes, person by person: for people to read, and for programs. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from server.people.changes import Change, Changed
from server.people.csv_import import PersonLine, Value

DIFFERS = "differs"
"""Stands in place of a kind of change where another source goes first."""


def told(line: PersonLine, changed: Changed) -> Iterator[str]:
    """One line for each change: its kind, the person's employee id, and what changes."""
    for change in changed.changes:
        yield f"{change.kind:<9}  {line.employee_id}  {_what(change)}"
    for name, source in changed.disagreed:
        yield f"{DIFFERS:<9}  {line.employee_id}  {name}: “{source}” goes first and says otherwise"


def _what(change: Change) -> str:
    since = f" from {change.since}" if change.since is not None else ""
    if change.kind == "new":
        return f"{_shown(change.after)}{since}"
    if change.before is None:
        return f"{change.field}: {_shown(change.after)}{since}"
    return f"{change.field}: {_shown(change.before)} → {_shown(change.after)}{since}"


def _shown(value: Value) -> str:
    return "nothing" if value is None else str(value)


def as_json(line: PersonLine, changed: Changed) -> dict[str, Any]:
    """The same as values of JSON; days are texts."""
    return {
        "line": line.line,
        "employee_id": line.employee_id,
        "changes": [
            {
                "field": change.field,
                "kind": change.kind,
                "before": _plain(change.before),
                "after": _plain(change.after),
                "from": _plain(change.since),
            }
            for change in changed.changes
        ],
        "disagreed": [{"field": name, "source": source} for name, source in changed.disagreed],
    }


def _plain(value: Value) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
