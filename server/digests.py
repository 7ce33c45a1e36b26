"""Fingerprints of rows: equal for equal rows, whatever their order and whichever database holds them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db import without_org

ROWS_AT_ONCE = 500
_SIZE = 32
_ENCODER = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows, and the sum of their SHA-256 hashes; parts add up to the digest of the whole."""

    rows: int
    total: int

    def __add__(self, other: "Digest") -> "Digest":
        return Digest(self.rows + other.rows, (self.total + other.total) % 2 ** (8 * _SIZE))

    def __str__(self) -> str:
        """Short enough to be compared by eye; it finds accidents, it proves nothing against a forger."""
        whole = b"%d %s" % (self.rows, self.total.to_bytes(_SIZE, "big"))
        return hashlib.sha256(whole).hexdigest()[:16]


NOTHING = Digest(0, 0)


def digest_of(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> Digest:
    """The digest of a table's rows under these conditions, read in pieces."""
    options = without_org("compares the rows of all organisations") | {"yield_per": ROWS_AT_ONCE}
    return digest_of_rows(
        table.name, connection.execute(sa.select(table).where(*where), execution_options=options)
    )


def digest_of_rows(table: str, found: Iterable[Sequence[Any]]) -> Digest:
    """The digest of these rows; `table` tells equal rows of two tables apart."""
    rows = total = 0
    for row in found:
        content = _ENCODER.encode((str(table), *row))
        total += int.from_bytes(hashlib.sha256(content).digest(), "big")
        rows += 1
    return Digest(rows, total % 2 ** (8 * _SIZE))
