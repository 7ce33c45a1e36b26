"""Once a day, messages are written anew in random order, so that no file tells in which order they came."""

import random
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Base, Store
from server.postgresql import patient_outside
from server.pulse.models import PulseAnswer, PulseComment, PulseSpent

_TABLES: tuple[tuple[sa.Table, str | None], ...] = (
    (Base.metadata.tables[PulseAnswer.__tablename__], "answer_id"),
    (Base.metadata.tables[PulseComment.__tablename__], "comment_id"),
    (Base.metadata.tables[PulseSpent.__tablename__], None),
)
"""Tables of messages, each with the column of its random key."""

_order = random.SystemRandom()


def shuffle_messages(session: Session, org_id: UUID) -> int:
    """Write answers, comments and spent tokens in random order, under new random keys; returns how many.

    Deleting hands the rows over, so one that arrives meanwhile is left for tomorrow.
    """
    written = 0
    for table, key in _TABLES:
        gone = sa.delete(table).where(table.c.org_id == org_id).returning(*table.columns)
        rows: list[dict[str, Any]] = [dict(row) for row in session.execute(gone).mappings()]
        if key is not None:
            rows = [row | {key: uuid4()} for row in rows]
        _order.shuffle(rows)
        if rows:
            session.execute(sa.insert(table), rows)
        written += len(rows)
    return written


def forget_old_order(store: Store) -> None:
    """Take away what a database keeps of replaced rows: dead rows, and pages in the write-ahead log."""
    tables = ", ".join(table.name for table, _ in _TABLES)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            with patient_outside(connection):
                connection.exec_driver_sql(f"VACUUM (FULL) {tables}")
