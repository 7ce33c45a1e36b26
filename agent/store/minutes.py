"""One row per minute the laptop was awake. Minutes never leave it; the day summary is made from them."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from agent.local_time import MINUTE
from agent.signals import LIMITS, Sample

PER_MINUTE = frozenset({"on_s", "active_s", "cpu_pressed", "mem_pressed", "disk_pressed"})
PROBE = "probe_ok"
EVERY_MINUTE = ("active", "cpu", "memory", "disk", "network", "apps")
"""Sources that are looked at each minute, so that a minute without a look is a gap in them."""
UNWATCHED = 90.0
"""More awake seconds than this in one minute's row: nobody looked during a part of them."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute was like. None means unknown; `missing` says which sources could not be read."""

    number: int
    """Seconds since 1970, divided by 60."""
    on_s: float = 0.0
    active_s: float | None = None
    cpu: int | None = None
    memory: int | None = None
    disk: int | None = None
    probes: int = 0
    failed: int = 0
    missing: Mapping[str, str] = field(default_factory=dict)
    own_cpu_s: float = 0.0

    @property
    def active_min(self) -> float:
        """The active part of this minute, 0 to 1."""
        return min(self.active_s or 0.0, MINUTE) / MINUTE

    @property
    def unwatched_s(self) -> float:
        """Awake seconds of which nobody knows whether they were active; 0 where it is a matter of seconds."""
        unknown = self.on_s - (min(self.on_s, MINUTE) if self.active_s is not None else 0.0)
        return unknown if unknown > UNWATCHED - MINUTE else 0.0

    @property
    def pressed(self) -> bool:
        return 1 in (self.cpu, self.memory, self.disk)

    @property
    def offline(self) -> bool:
        """Probes went out and none came back."""
        return self.probes > 0 and self.failed == self.probes


def minute_number(at: float) -> int:
    """The minute that holds the greater part of the 60 seconds before `at`."""
    return int((at - MINUTE / 2) // MINUTE)


def fold(at: float, samples: Iterable[Sample], missing: Mapping[str, str], own_cpu_s: float) -> Minute:
    """The samples of one look at all sources as (a part of) one minute."""
    of: dict[str, list[float]] = {}
    for sample in samples:
        of.setdefault(sample.name, []).append(sample.value)
    probes, on_s = of.get(PROBE, []), sum(of.get("on_s", ()))
    return Minute(
        number=minute_number(at),
        on_s=on_s,
        # A look speaks of the past minute; of that, what was before the agent's start is a gap.
        active_s=min(sum(of["active_s"]), on_s) if "active_s" in of else None,
        cpu=_flag(of.get("cpu_pressed")),
        memory=_flag(of.get("mem_pressed")),
        disk=_flag(of.get("disk_pressed")),
        probes=len(probes),
        failed=sum(1 for ok in probes if not ok),
        missing=missing,
        own_cpu_s=own_cpu_s,
    )


def halves(row: Minute) -> tuple[Minute, Minute]:
    """What a look at half the pace gave, as the two minutes it stands for, the earlier first."""
    active_s = None if row.active_s is None else min(row.active_s, MINUTE)
    earlier = replace(row, number=row.number - 1, on_s=MINUTE, active_s=active_s, own_cpu_s=0.0)
    return earlier, replace(row, on_s=row.on_s - MINUTE, active_s=active_s)


def add(db: sqlite3.Connection, day: str, minute: Minute) -> None:
    """Keep a minute, or add to what is known of it already."""
    db.execute(
        "INSERT INTO minute VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (number) DO UPDATE SET "
        "on_s = on_s + excluded.on_s, own_cpu_s = own_cpu_s + excluded.own_cpu_s, "
        "active_s = coalesce(active_s + excluded.active_s, excluded.active_s, active_s), "
        "cpu = max(coalesce(cpu, excluded.cpu), coalesce(excluded.cpu, cpu)), "
        "memory = max(coalesce(memory, excluded.memory), coalesce(excluded.memory, memory)), "
        "disk = max(coalesce(disk, excluded.disk), coalesce(excluded.disk, disk)), "
        "probes = probes + excluded.probes, failed = failed + excluded.failed, missing = excluded.missing",
        (
            minute.number,
            day,
            minute.on_s,
            minute.active_s,
            minute.cpu,
            minute.memory,
            minute.disk,
            minute.probes,
            minute.failed,
            _packed(minute.missing),
            minute.own_cpu_s,
        ),
    )


def of_day(db: sqlite3.Connection, day: str) -> list[Minute]:
    rows = db.execute(
        "SELECT number, on_s, active_s, cpu, memory, disk, probes, failed, missing, own_cpu_s "
        "FROM minute WHERE day = ? ORDER BY number",
        (day,),
    )
    return [Minute(*(*row[:8], _unpacked(row[8]), row[9])) for row in rows]


def active_seconds(db: sqlite3.Connection, day: str) -> float:
    """Seconds of active use so far."""
    row = db.execute("SELECT total(min(active_s, 60)) FROM minute WHERE day = ?", (day,)).fetchone()
    return float(row[0])


def forget(db: sqlite3.Connection, before: float) -> int:
    """Delete minutes older than LIMITS.minute_days before this instant; how many went."""
    oldest = int(before // MINUTE) - LIMITS.minute_days * 24 * 60
    return db.execute("DELETE FROM minute WHERE number < ?", (oldest,)).rowcount


def _flag(values: list[float] | None) -> int | None:
    return None if not values else int(max(values) > 0)


def _packed(missing: Mapping[str, str]) -> str:
    return " ".join(f"{source}={state}" for source, state in sorted(missing.items()))


def _unpacked(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())
