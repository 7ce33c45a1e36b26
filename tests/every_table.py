"""Rows in every table there is, with values that are easily damaged on the way to another database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.digests import Digest, digest_of
from server.schema import metadata

ROWS = 7
DAY = date(2026, 1, 30)
ORG = UUID(int=1)


def fill(store: Store) -> None:
    with store.engine.begin() as connection:
        for table in metadata.sorted_tables:
            values = [
                {c.name: any_value(c, number) for c in table.columns} for number in range(rows_of(table))
            ]
            connection.execute(sa.insert(table), values)


def any_value(column: sa.Column, number: int) -> Any:
    """A value that is easily damaged on the way; keys that other tables refer to are the same everywhere."""
    if column.name == "org_id":
        return ORG
    if column.nullable and number % 3 == 0:
        return None
    if isinstance(column.type, sa.JSON):
        return {"ü": [1, 0.1 + 0.2, None, "\u2028", {"b": 1, "a": -(2**40)}]}
    values = {
        UUID: UUID(int=number + 1),
        date: DAY + timedelta(days=number),
        datetime: datetime(2026, 3, 4, 5, 6, 7, 100 * number, tzinfo=UTC),
        float: [0.1 + 0.2, 1e-300, -0.0, 12345678.9][number % 4],
        int: number + 1 if column.primary_key else [2**31 - 1, -5, 0][number % 3],
        bool: bool(number % 2),
        bytes: bytes([0, 255, number]),
        str: f"{'Zz“ع'[number % 4]} {number}",
    }
    return values[column.type.python_type]


def rows_of(table: sa.Table) -> int:
    return 1 if [column.name for column in table.primary_key] == ["org_id"] else ROWS


def digests(store: Store) -> dict[str, Digest]:
    with store.engine.connect() as connection:
        return {table.name: digest_of(connection, table) for table in metadata.sorted_tables}
