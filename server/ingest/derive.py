"""From what a laptop sent of a day to the fields that scores are made of (docs/scoring.md 3). Pure.

A field is None where it was not measured: its source could not be read, or only with gaps beyond a tenth of
the day's active minutes. What is unknown is never taken for good.
"""

from collections.abc import Mapping, Sequence
from typing import Any

HOUR = 3600.0
GAP_SHARE = 0.1
"""A value is kept while its source was missing for at most this share of the active minutes."""
BOOT_ALLOWANCE_S = 60.0
SIGNIN_ALLOWANCE_S = 30.0
HANG_UNKNOWN_S = 30.0
HANG_MOST_S = 600.0

DeviceDay = Mapping[str, Any]
"""A row of the table device_day by column names."""

COLUMNS = (
    *("usage_s", "on_s", "app_s", "boots", "boot_s", "boot_list_s", "signins", "signin_s", "signin_list_s"),
    *("app_crashes", "app_hangs", "hang_list_s", "os_crashes", "active_min", "cpu_min", "mem_min"),
    *("disk_min", "pressure_min", "offline_min", "probes", "probes_failed", "rtt_ms"),
    *("battery_health_pct", "disk_free_pct", "patch_age_d", "coverage", "gap_min"),
)
"""All that is read of such a row."""

_FIELDS_OF = {
    "active": ("usage_hours",),
    "boot": ("boot_s", "boot_wait_s"),
    "signin": ("signin_s", "signin_wait_s"),
    "crash": ("app_crashes",),
    "hang": ("app_hangs", "hang_s"),
    "oscrash": ("os_crashes",),
    "cpu": ("cpu_busy_share",),
    "memory": ("mem_pressure_share",),
    "disk": ("disk_busy_share",),
    "network": ("net_latency_ms", "net_loss_pct", "offline_minutes"),
    "battery": ("battery_health_pct",),
    "space": ("disk_free_pct",),
    "patch": ("patch_age_days",),
}
"""What each source's coverage decides on; hours awake and in front are known whenever they are sent."""

_PRESSURE_SOURCES = frozenset(("cpu", "memory", "disk"))


def scoring_fields(row: DeviceDay) -> dict[str, float | None]:
    """All fields of one device and day, None where not measured."""
    fields: dict[str, float | None] = {
        "usage_hours": _scaled(row["usage_s"], HOUR),
        "on_hours": _scaled(row["on_s"], HOUR),
        "app_hours": _scaled(row["app_s"], HOUR),
        "boot_s": row["boot_s"],
        "boot_wait_s": _wait(row["boots"], row["boot_list_s"], BOOT_ALLOWANCE_S),
        "signin_s": row["signin_s"],
        "signin_wait_s": _wait(row["signins"], row["signin_list_s"], SIGNIN_ALLOWANCE_S),
        "app_crashes": row["app_crashes"],
        "app_hangs": row["app_hangs"],
        "hang_s": _hang_seconds(row["app_hangs"], row["hang_list_s"]),
        "os_crashes": row["os_crashes"],
        "cpu_busy_share": _share(row["cpu_min"], row["active_min"]),
        "mem_pressure_share": _share(row["mem_min"], row["active_min"]),
        "disk_busy_share": _share(row["disk_min"], row["active_min"]),
        "net_latency_ms": row["rtt_ms"],
        "net_loss_pct": _percent(row["probes_failed"], row["probes"]),
        "battery_health_pct": row["battery_health_pct"],
        "disk_free_pct": row["disk_free_pct"],
        "patch_age_days": row["patch_age_d"],
        "offline_minutes": row["offline_min"],
        "pressure_minutes": row["pressure_min"],
    }
    coverage = row["coverage"] or {}
    missing = {source for source, state in coverage.items() if state != "ok" and not readable(row, source)}
    for source in missing:
        for name in _FIELDS_OF.get(source, ()):
            fields[name] = None
    if missing >= _PRESSURE_SOURCES:
        fields["pressure_minutes"] = None
    return fields


def readable(row: DeviceDay, source: str) -> bool:
    """Whether a source was read well enough that day; one that says nothing about itself was."""
    state = (row["coverage"] or {}).get(source, "ok")
    if state != "gap":
        return bool(state == "ok")
    gap: float = (row["gap_min"] or {}).get(source, 0.0)
    return gap <= GAP_SHARE * (row["active_min"] or 0.0)


def _scaled(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _share(minutes: float | None, active: float | None) -> float | None:
    return None if minutes is None or not active else minutes / active


def _percent(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _wait(times: int | None, lengths: Sequence[float | None] | None, allowance: float) -> float | None:
    """Seconds beyond the allowance, over all measured ones; None if there were some and none was measured."""
    measured = [length for length in lengths or () if length is not None]
    if not measured and times != 0:
        return None
    return float(sum(max(0.0, length - allowance) for length in measured))


def _hang_seconds(hangs: int | None, lengths: Sequence[float | None] | None) -> float | None:
    """Seconds without an answer; a length that is unknown counts as a usual one."""
    if hangs is None and lengths is None:
        return None
    listed = [HANG_UNKNOWN_S if length is None else min(length, HANG_MOST_S) for length in lengths or ()]
    unlisted = max(0, (hangs or 0) - len(listed))
    return float(sum(listed) + unlisted * HANG_UNKNOWN_S)
