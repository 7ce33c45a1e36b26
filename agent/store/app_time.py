"""How long each application was in front: a total per day, so that nothing tells when it was."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppTime:
    """Seconds a listed application, or "other", was in front."""

    name: str
    version: str
    seconds: float


def add(db: sqlite3.Connection, day: str, rows: Iterable[AppTime]) -> None:
    db.executemany(
        "INSERT INTO app_time VALUES (?, ?, ?, ?) "
        "ON CONFLICT (day, name, version) DO UPDATE SET seconds = seconds + excluded.seconds",
        [(day, row.name, row.version, row.seconds) for row in rows],
    )


def of_day(db: sqlite3.Connection, day: str) -> tuple[AppTime, ...]:
    rows = db.execute(
        "SELECT name, version, seconds FROM app_time WHERE day = ? ORDER BY name, version", (day,)
    )
    return tuple(AppTime(*row) for row in rows)
