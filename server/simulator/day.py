"""A day of a laptop in the parts in which it leaves: editions of the summary, events as they happen. Pure.

The day itself is one of the demo company's (server/demo/habits.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from server.demo.company import Employee, install_id
from server.demo.effects import BAD_VERSION, UPDATED_APP, Effects
from server.demo.habits import day_batch, works

BLOCK_HOURS = 3.0
"""Within each such stretch of use one edition leaves, at a moment that is drawn, as from an agent."""
BURST_CRASHES, BURST_AT_ONCE = 24, 8
COUNTED_CRASHES = 10
"""A day's summary counts so many crashes of one application at most."""
_GROWS = (
    *("usage_s", "on_s", "app_s", "active_min", "offline_min", "probes", "probes_failed", "os_crashes"),
    *("cpu_min", "mem_min", "disk_min", "pressure_min"),
)
"""What is counted through the day; the rest is known with its first edition."""


@dataclass(frozen=True, slots=True)
class Part:
    """What leaves at one moment of the day: an edition of the summary, or events."""

    at: float
    """The share of the day's use that has passed; 1 for the last edition, after the day."""
    summary: Mapping[str, Any] | None = None
    events: tuple[Mapping[str, Any], ...] = ()


def parts_of_day(seed: int, employee: Employee, day: date, effects: Effects, bursts: bool) -> list[Part]:
    """In the order in which they leave; nothing on a day without work. Editions are not numbered yet."""
    if not works(employee, day):
        return []
    whole = day_batch(seed, employee, day, effects, install_id(seed, employee))
    summary, events = whole["summary"], whole["events"]
    random = Random(f"parts {seed} {employee.number} {day}")
    parts = [Part(at, _so_far(summary, at)) for at in _moments(random, summary["usage_s"] / 3600)]
    parts += [Part(random.random(), events=(event,)) for event in events]
    if bursts and day == effects.bad_update_from:
        parts += _burst(random, summary)
    return [*sorted(parts, key=lambda part: part.at), Part(1.0, summary)]


def _moments(random: Random, hours: float) -> list[float]:
    """When editions leave during the day, as shares of its use."""
    starts = [number * BLOCK_HOURS for number in range(int(hours / BLOCK_HOURS) + 1)]
    drawn = [start + random.random() * BLOCK_HOURS for start in starts]
    return [moment / hours for moment in drawn if moment < hours]


def _so_far(summary: Mapping[str, Any], share: float) -> dict[str, Any]:
    """The summary as it stood when this share of the day had passed: what is counted had grown so far."""
    apps = [
        row | {name: _grown(row[name], share) for name in ("hours", "crashes", "hangs")}
        for row in summary["apps"]
    ]
    hangs = sum(row["hangs"] for row in apps)
    return {
        **{name: _grown(value, share) if name in _GROWS else value for name, value in summary.items()},
        "apps": apps,
        "app_crashes": sum(row["crashes"] for row in apps),
        "app_hangs": hangs,
        "hang_list_s": summary["hang_list_s"][:hangs],
    }


def _grown(value: Any, share: float) -> Any:
    return int(value * share) if isinstance(value, int) else round(value * share, 3)


def _burst(random: Random, summary: dict[str, Any]) -> list[Part]:
    """Crashes of the updated application within an hour, in a few batches; the last edition counts them."""
    for row in summary["apps"]:
        if row["name"] == UPDATED_APP:
            row["crashes"] = COUNTED_CRASHES
    summary["app_crashes"] = sum(row["crashes"] for row in summary["apps"])
    hour, at = random.randint(9, 15), random.random()
    crashes = [
        {
            "event_id": str(UUID(int=random.getrandbits(128), version=4)),
            "kind": "crash",
            "hour": hour,
            "app": UPDATED_APP,
            "version": BAD_VERSION,
            "detail": {"signal": "SIGABRT"},
        }
        for _ in range(BURST_CRASHES)
    ]
    starts = range(0, BURST_CRASHES, BURST_AT_ONCE)
    return [Part(at, events=tuple(crashes[start : start + BURST_AT_ONCE])) for start in starts]
