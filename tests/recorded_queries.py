"""Every statement that the product sends to PostgreSQL while tests run, and which organisations it names."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).parent.parent
_PRODUCT = tuple(f"{ROOT / name}/" for name in ("server", "dashboards"))
_TESTS = f"{ROOT / 'tests'}/"
_PLACE = re.compile(r"%\((\w+)\)[sbt]|%[sbt]|%%")
_SETTING = re.compile(r"\s*SET\b", re.IGNORECASE)  # of a session: touches no rows, and may be two in one
_CHANGE = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_IN_JSON = re.compile(r'"org_id":"([0-9a-f-]{36})"')


@dataclass
class Recorded:
    statements: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Each with where it comes from, and why it needs no organisation (mostly "")."""
    transactions: list[set[str]] = field(default_factory=list)
    """Organisations in the changes of each transaction, while `watching`."""
    _watching: bool = False
    _seen: set[str] = field(default_factory=set)

    def begin(self) -> None:
        sa.event.listen(sa.Engine, "before_cursor_execute", self._hear)
        sa.event.listen(sa.Engine, "commit", self._end)
        sa.event.listen(sa.Engine, "rollback", self._forget)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note which organisations each transaction changes."""
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def _hear(
        self,
        connection: sa.Connection,
        _cursor: object,
        statement: str,
        parameters: Any,
        context: Any,
        _many: bool,
    ) -> None:
        if connection.dialect.name != "postgresql" or _SETTING.match(statement):
            return
        if statement not in self._seen:
            self._seen.add(statement)
            if site := _site():
                options = {} if context is None else context.execution_options
                self.statements[statement] = (site, options.get("without_org", ""))
        if self._watching and _CHANGE.match(statement):
            connection.info.setdefault("organisations", set()).update(_named(parameters))

    def _end(self, connection: sa.Connection) -> None:
        if changed := connection.info.pop("organisations", None):
            self.transactions.append(changed)

    def _forget(self, connection: sa.Connection) -> None:
        if not connection.invalidated:  # else its notes went with it
            connection.info.pop("organisations", None)


def numbered(statement: str) -> str:
    """The statement as PostgreSQL gets it: %(name)s becomes $1, the same name always the same number."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found.group() == "%%":
            return "%"
        name = found.group(1) or f"place {len(names)}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return _PLACE.sub(number, statement)


def _site() -> str:
    """The file and function of ours that asks, "" if it is a test."""
    frame = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_PRODUCT):
            return f"{Path(path).relative_to(ROOT)} {frame.f_code.co_name}"
        if path.startswith(_TESTS) and path != __file__:
            return ""
        frame = frame.f_back
    return ""


def _named(parameters: Any) -> Iterator[str]:
    for row in parameters if isinstance(parameters, list) else [parameters]:
        if isinstance(row, dict):
            yield from (str(value) for name, value in row.items() if name.startswith("org_id"))
        else:
            for value in row or ():
                yield from _IN_JSON.findall(value) if isinstance(value, str) else ()


recorded = Recorded()
