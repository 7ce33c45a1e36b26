"""Working time that technology took: minutes by cause, per active hour (docs/scoring.md 14)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt

from server.scoring.parameters import (
    CRASH_MINUTES,
    DAY_HOURS,
    DAY_WEIGHT_HOURS,
    OSCRASH_MINUTES,
    PRESSURE_SHARE,
    Z,
)

CAUSES = ("startup", "crashes", "hangs", "slowness", "network")
LOST = "lost"  # the total, as the name of a released signal


def cause_signal(cause: str) -> str:
    """The name under which a cause's minutes are released."""
    return f"{LOST}.{cause}"


# cause -> (field of the device-day, minutes for each of it)
_PARTS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "startup": (("boot_wait_s", 1 / 60), ("signin_wait_s", 1 / 60)),
    "crashes": (("app_crashes", CRASH_MINUTES), ("os_crashes", OSCRASH_MINUTES)),
    "hangs": (("hang_s", 1 / 60),),
    "slowness": (("pressure_minutes", PRESSURE_SHARE),),
    "network": (("offline_minutes", 1.0),),
}


@dataclass(frozen=True)
class LostMinutes:
    """Minutes of a day or a week by cause, their sum, and the hours of use, each day's cut at 12.

    A cause is None if its source could not be read (in a week: on no day).
    """

    causes: Mapping[str, float | None]
    minutes: float
    hours: float


@dataclass(frozen=True)
class LostTime:
    """Lost time of a group over a window.

    `lost`, `low`, `high`: minutes per active hour. `undisturbed`: share of the time. `about`: the hours are
    those of the working-time wall. `hours`: of everybody in the released weeks. `causes`: minutes per active
    hour, adding up to `lost`.
    """

    lost: float
    low: float
    high: float
    undisturbed: float
    about: bool
    hours: float
    hours_per_person_week: float
    hours_low: float
    hours_high: float
    causes: Mapping[str, float]


def lost_day(day: Mapping[str, float | None]) -> LostMinutes | None:
    """None for a day without use. Causes are cut together at the active minutes of the day."""
    use = day.get("usage_hours")
    if use is None or not 0 < use <= DAY_HOURS:
        return None
    causes = {cause: _minutes(parts, day) for cause, parts in _PARTS.items()}
    total = sum(minutes for minutes in causes.values() if minutes is not None)
    active_minutes = 60 * use
    if total > active_minutes:
        factor = active_minutes / total
        causes = {cause: None if m is None else m * factor for cause, m in causes.items()}
        total = active_minutes
    return LostMinutes(causes, total, min(use, DAY_WEIGHT_HOURS))


def _minutes(parts: Iterable[tuple[str, float]], day: Mapping[str, float | None]) -> float | None:
    """Of the parts that could be read; None if none could."""
    known = [value * each for name, each in parts if (value := day.get(name)) is not None and value >= 0]
    return sum(known) if known else None


def lost_week(days: Sequence[Mapping[str, float | None]]) -> LostMinutes | None:
    """Sum over the days in use, None if there is none."""
    used = [lost for day in days if (lost := lost_day(day)) is not None]
    if not used:
        return None
    causes: dict[str, float | None] = {}
    for cause in CAUSES:
        known = [minutes for day in used if (minutes := day.causes[cause]) is not None]
        causes[cause] = fsum(known) if known else None
    return LostMinutes(causes, fsum(day.minutes for day in used), fsum(day.hours for day in used))


def lost_group(
    minutes: float,
    hours: float,
    person_weeks: float,
    phi: float,
    about: bool,
    causes: Mapping[str, float] | None = None,
) -> LostTime:
    """Lost time of a group from its released sums; the interval is that of an overdispersed rate."""
    lost = minutes / hours
    half = Z * sqrt(phi * lost / hours)
    low, high = max(0.0, lost - half), lost + half
    per_week = minutes / (60 * person_weeks)
    return LostTime(
        lost=lost,
        low=low,
        high=high,
        undisturbed=1 - lost / 60,
        about=about,
        hours=minutes / 60,
        hours_per_person_week=per_week,
        hours_low=per_week * low / lost if lost else 0.0,
        hours_high=per_week * high / lost if lost else 0.0,
        causes={cause: spent / hours for cause, spent in (causes or {}).items()},
    )
