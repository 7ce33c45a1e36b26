"""Everything that the store holds about one person, to be handed to that person."""

import base64
import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.own_data.holdings import Holding, Subject, holdings
from server.people.models import Organisation
from server.web.body import is_packed

FORMAT = "employee-dex export 1"
SECRETS = frozenset({"token_hash", "password_hash", "key_hash"})
"""They prove who somebody is, and say nothing about them."""
_ENCODER = msgspec.json.Encoder(order="sorted")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """Rows by table; tables without rows are left out."""

    organisation: str
    day: date
    tables: Mapping[str, Sequence[Row]]

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.tables.items()}

    def as_json(self) -> bytes:
        document = {
            "format": FORMAT,
            "organisation": self.organisation,
            "day": self.day,
            "tables": self.tables,
        }
        return msgspec.json.format(_ENCODER.encode(document), indent=1) + b"\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON, to the byte."""
        return hashlib.sha256(self.as_json()).hexdigest()


def export(session: Session, subject: Subject, today: date) -> Export:
    tables = {}
    for holding in holdings():
        rows = _rows(session, holding, subject)
        if rows:
            tables[holding.table.name] = rows
    organisation = session.get_one(Organisation, subject.org_id)
    return Export(organisation.name, today, tables)


def _rows(session: Session, holding: Holding, subject: Subject) -> list[Row]:
    """Each row once, in the order of the key."""
    key = [column.name for column in holding.table.primary_key]
    columns = [column for column in holding.table.c if column.name not in SECRETS or column.primary_key]
    found = {}
    for condition in holding.rows_of(subject):
        for row in session.execute(sa.select(*columns).where(condition)):
            content = row._asdict()
            found[tuple(str(content[name]) for name in key)] = _plain(content)
    return [found[name] for name in sorted(found)]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without the organisation, which is the same everywhere, and bytes as what they say."""
    return {
        name: _readable(value) if isinstance(value, bytes) else value
        for name, value in row.items()
        if name != "org_id" and name not in SECRETS
    }


def _readable(content: bytes) -> Any:
    """A batch as its JSON says it; bytes that are none as base64."""
    try:
        return msgspec.json.decode(gzip.decompress(content) if is_packed(content) else content)
    except (ValueError, OSError, EOFError):
        return {"base64": base64.b64encode(content).decode()}
