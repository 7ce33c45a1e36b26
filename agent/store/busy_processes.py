"""What was at work in a bad minute: names and shares, for the laptop's owner alone; they never leave it."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BusyProcess:
    """Shares of all processors and of all memory, 0 to 1."""

    name: str
    cpu: float
    memory: float


def add(db: sqlite3.Connection, day: str, minute: int, rows: Iterable[BusyProcess]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO busy_process VALUES (?, ?, ?, ?, ?)",
        [(day, minute, row.name, row.cpu, row.memory) for row in rows],
    )


def of_day(db: sqlite3.Connection, day: str) -> dict[int, tuple[BusyProcess, ...]]:
    """By minute (seconds since 1970, divided by 60), the busiest first."""
    found: dict[int, tuple[BusyProcess, ...]] = {}
    rows = db.execute(
        "SELECT minute, name, cpu, memory FROM busy_process WHERE day = ? "
        "ORDER BY minute, max(cpu, memory) DESC",
        (day,),
    )
    for minute, *values in rows:
        found[minute] = (*found.get(minute, ()), BusyProcess(*values))
    return found
