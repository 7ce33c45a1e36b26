"""What IT sees of one laptop in a look: all there is, and so nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TroubledApp:
    """A listed application that crashed or stopped answering."""

    name: str
    version: str
    crashes: int
    hangs: int


@dataclass(frozen=True, slots=True)
class TriedService:
    """A business service: failed tries in percent, and causes, the commonest first."""

    name: str
    failed_pct: float
    causes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Signals:
    """None: not known. Medians in seconds and milliseconds, counts of four weeks, shares in percent; battery,
    room and updates as the laptop said last."""

    facts: Mapping[str, Any]
    boot_s: float | None
    signin_s: float | None
    app_crashes: int | None
    app_hangs: int | None
    os_crashes: int | None
    cpu_pct: float | None
    memory_pct: float | None
    disk_pct: float | None
    latency_ms: float | None
    loss_pct: float | None
    battery_health_pct: float | None
    disk_free_pct: float | None
    patch_age_days: float | None
    agent_version: str | None
    coverage: Mapping[str, str]
    apps: Sequence[TroubledApp]
    services: Sequence[TriedService]
    stops: Mapping[str, int]
    """Causes of stops of the system."""
    failed_updates: int
