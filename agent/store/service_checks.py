"""Tries of the business services that the company listed, one row each."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    """`cause` is one of signals.SERVICE_CAUSES, or empty where the service answered."""

    service: str
    cause: str
    first_byte_ms: float | None = None


def add(db: sqlite3.Connection, day: str, at: float, rows: Iterable[ServiceCheck]) -> None:
    db.executemany(
        "INSERT INTO service_check (day, at, service, cause, first_byte_ms) VALUES (?, ?, ?, ?, ?)",
        [(day, at, row.service, row.cause, row.first_byte_ms) for row in rows],
    )


def of_day(db: sqlite3.Connection, day: str) -> tuple[ServiceCheck, ...]:
    rows = db.execute(
        "SELECT service, cause, first_byte_ms FROM service_check WHERE day = ? ORDER BY id", (day,)
    )
    return tuple(ServiceCheck(*row) for row in rows)
