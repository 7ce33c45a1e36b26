"""How each fault of the catalogue is found in what a laptop said of itself. Pure.

Two kinds of rules. What *is* wrong is read from the newest day that tells of it, however old: a laptop that
says nothing keeps its faults, so that nobody learns from them when it was used last. What *happened* so often
counts back from today, and ends by the calendar. The numbers are those of the agreement in force.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from server.faults.shape import Severity

READ_DAYS = 28
"""So many days before today are looked at."""
STARTS_LEAST = 5
"""Fewer starts than these say nothing about how a laptop starts."""
INSTALLED, FAILED = "installed", "failed"

Numbers = Mapping[str, float]
Found = Mapping[str, date]
"""What a fault is about (empty where there is but one) -> the day of the fault."""


@dataclass(frozen=True, slots=True)
class Day:
    """What a laptop said of one day, as far as a rule needs it. None: not measured."""

    day: date
    battery_health_pct: float | None = None
    disk_free_pct: float | None = None
    patch_age_d: float | None = None
    os_crashes: int | None = None
    boot_list_s: Sequence[float | None] | None = None
    coverage: Mapping[str, str] | None = None
    agent_version: str | None = None


@dataclass(frozen=True, slots=True)
class Crashes:
    """How often a version of a listed application crashed on a day."""

    day: date
    app: str
    version: str
    crashes: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that rules look at: one laptop's days before `today`, in order, and what else is known.

    `updates`: how each update of the system ended, by day. `newest`: the newest version of each application
    that any laptop has. `release`: the collector's own.
    """

    today: date
    days: Sequence[Day] = ()
    crashes: Sequence[Crashes] = ()
    updates: Sequence[tuple[date, str]] = ()
    newest: Mapping[str, str] = field(default_factory=dict)
    release: str = ""


Find = Callable[[Evidence, Numbers], Found | None]
"""None where the laptop says nothing about it."""


@dataclass(frozen=True, slots=True)
class Rule:
    find: Find
    severity: Severity


def worn_battery(seen: Evidence, limit: Numbers) -> Found | None:
    return _newest_run(seen, lambda day: _below(day.battery_health_pct, limit["below_pct"]))


def full_disk(seen: Evidence, limit: Numbers) -> Found | None:
    return _newest_run(seen, lambda day: _below(day.disk_free_pct, limit["below_pct"]))


def late_update(seen: Evidence, limit: Numbers) -> Found | None:
    return _newest_run(seen, lambda day: None if day.patch_age_d is None else day.patch_age_d > limit["days"])


def old_agent(seen: Evidence, limit: Numbers) -> Found | None:
    own = _release(seen.release)

    def is_old(day: Day) -> bool | None:
        its = _release(day.agent_version or "")
        if own is None or its is None:
            return None
        return its[0] < own[0] or (its[0] == own[0] and own[1] - its[1] >= limit["releases"])

    return _newest_run(seen, is_old)


def unreadable_source(seen: Evidence, limit: Numbers) -> Found | None:
    """One fault for each source that may not be read; one that is not there is none."""
    told = [day for day in seen.days if day.coverage is not None]
    if len(told) < limit["days"]:
        return None
    found = {}
    for source in sorted(told[-1].coverage or {}):
        run = _run([(day.day, (day.coverage or {}).get(source) == "denied") for day in told])
        if len(run) >= limit["days"]:
            found[source] = run[0]
    return found


def slow_start(seen: Evidence, limit: Numbers) -> Found | None:
    starts = [
        (day.day, seconds) for day in seen.days for seconds in day.boot_list_s or () if seconds is not None
    ][-int(limit["starts"]) :]
    if len(starts) < STARTS_LEAST:
        return None
    if median(seconds for _, seconds in starts) <= limit["seconds"]:
        return {}
    return {"": next(day for day, seconds in starts if seconds > limit["seconds"])}


def system_crashes(seen: Evidence, limit: Numbers) -> Found:
    crashes = [(day.day, day.os_crashes or 0) for day in seen.days]
    return _so_many(seen, "", crashes, limit["crashes"], limit["days"])


def crashing_application(seen: Evidence, limit: Numbers) -> Found:
    """Only in a version that is not the newest known one: there is something that can be done."""
    found: dict[str, date] = {}
    for app in sorted({row.app for row in seen.crashes}):
        old = [row for row in seen.crashes if row.app == app and newer(seen.newest.get(app, ""), row.version)]
        per_day = [(row.day, row.crashes) for row in old]
        found |= _so_many(seen, app, per_day, limit["crashes"], limit["days"])
    return found


def failed_updates(seen: Evidence, limit: Numbers) -> Found:
    """Failures after which none was installed, on the same day either."""
    installed = max((day for day, result in seen.updates if result == INSTALLED), default=date.min)
    failures = [(day, 1) for day, result in seen.updates if result == FAILED and day > installed]
    return _so_many(seen, "", failures, limit["failures"], limit["days"])


RULES: Mapping[str, Rule] = {
    "worn-battery": Rule(worn_battery, "medium"),
    "full-disk": Rule(full_disk, "high"),
    "late-update": Rule(late_update, "high"),
    "system-crashes": Rule(system_crashes, "high"),
    "slow-start": Rule(slow_start, "medium"),
    "crashing-application": Rule(crashing_application, "medium"),
    "failed-updates": Rule(failed_updates, "medium"),
    "unreadable-source": Rule(unreadable_source, "low"),
    "old-agent": Rule(old_agent, "low"),
}
"""Every rule there is. Their names, numbers and sentences are agreed (agent/agreed/fault_rules.py)."""


def newer(one: str, other: str) -> bool:
    """Whether a version is newer than another, by the numbers in it; what has none is not."""
    first, second = _numbers(one), _numbers(other)
    return bool(first and second) and first > second


def newest_of(versions: Iterable[str]) -> str:
    return max(versions, key=_numbers, default="")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d{1,9}", version)))


def _release(version: str) -> tuple[int, int] | None:
    """The first two numbers of a version of ours."""
    found = re.match(r"(\d{1,9})\.(\d{1,9})", version)
    return (int(found[1]), int(found[2])) if found else None


def _below(value: float | None, bound: float) -> bool | None:
    return None if value is None else value < bound


def _newest_run(seen: Evidence, is_bad: Callable[[Day], bool | None]) -> Found | None:
    """Since when it is so without a break, by the days that tell of it."""
    told = [(day.day, bad) for day in seen.days if (bad := is_bad(day)) is not None]
    if not told:
        return None
    run = _run(told)
    return {"": run[0]} if run else {}


def _run(told: Sequence[tuple[date, bool]]) -> list[date]:
    """The last days in a row on which it is so."""
    good = [number for number, (_, bad) in enumerate(told) if not bad]
    return [day for day, _ in told[good[-1] + 1 if good else 0 :]]


def _so_many(
    seen: Evidence, about: str, happened: Iterable[tuple[date, int]], times: float, days: float
) -> Found:
    """The day on which it happened often enough, counted over so many days before today."""
    first, count = seen.today - timedelta(days=days), 0
    for day, more in sorted(happened):
        count += more if day >= first else 0
        if count >= times:
            return {about: day}
    return {}
