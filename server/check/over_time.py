"""Worked examples of alarms, experiments and drivers (docs/scoring.md 10.2, 11)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from server.scoring.alarm_limits import alarm_limits
from server.scoring.always_valid import always_valid
from server.scoring.bursts import burst_base, bursts
from server.scoring.cuped import cuped
from server.scoring.drift import drifts
from server.scoring.drivers import Row, drivers
from server.scoring.parameters import SCORE_FLOOR
from server.scoring.rollouts import difference_in_differences, staggered
from server.scoring.time_to_resolve import median_hours
from server.scoring.z_values import DAYS, lag_one, rate_value, z_series


def _weekday_z(data: Any) -> Any:
    floors, skip = data.get("floor", SCORE_FLOOR), data.get("skip", ())
    return z_series(data["values"], floors, data.get("first", 0), data.get("period", DAYS), skip)


def _rate_series(data: Any) -> Any:
    looks = [rate_value(y, e, data["phi"]) for y, e in zip(data["y"], data["e"], strict=True)]
    return {"values": [value for value, _ in looks], "floor": [floor for _, floor in looks]}


def _alarm_limits(data: Any) -> Any:
    return asdict(alarm_limits(data["z_looks"], data["count_looks"]))


def _cusum_normal(data: Any) -> Any:
    path, alarms = drifts(data["z"], data["h"], data.get("rho", 0.0))
    return {"path": [[drift.up, drift.down] for drift in path], "alarms": [list(alarm) for alarm in alarms]}


def _burst_base(data: Any) -> Any:
    return burst_base(data["y"], data["e"], data["phi"])


def _cusum_poisson(data: Any) -> Any:
    days = [None if y is None or e is None else (y, e) for y, e in zip(data["y"], data["e"], strict=True)]
    path, alarms = bursts(days, data["lam0"], data.get("phi", 1.0), data["h"])
    return {"path": path, "alarms": alarms}


def _cuped(data: Any) -> Any:
    treated, control = (list(zip(data[f"x{arm}"], data[f"y{arm}"], strict=True)) for arm in (1, 0))
    found = cuped(treated, control)
    return {"theta": found.theta, "effect": found.effect, "var": found.variance}


def _always_valid(data: Any) -> Any:
    return asdict(always_valid(data["effect"], data["var"]))


def _did(data: Any) -> Any:
    return asdict(difference_in_differences(data["treated"], data["control"]))


def _staggered(data: Any) -> Any:
    found = staggered(data["y"], data["start"])
    return {"effect": found.effect, "assignments": found.assignments, "p": found.p}


def _drivers(data: Any) -> Any:
    rows = [Row(*row) for row in zip(data["block"], data["y"], data["x"], data["w"], strict=True)]
    found = [asdict(driver) for driver in drivers(rows)]
    return {key: [driver[key] for driver in found] for key in ("slope", "se", "low", "high")}


def _km_median(data: Any) -> Any:
    return median_hours(data["hours"], data["closed"])


OVER_TIME: Mapping[str, Callable[[Any], Any]] = {
    "weekday_z": _weekday_z,
    "rate_series": _rate_series,
    "lag_one": lag_one,
    "alarm_limits": _alarm_limits,
    "cusum_normal": _cusum_normal,
    "burst_base": _burst_base,
    "cusum_poisson": _cusum_poisson,
    "cuped": _cuped,
    "always_valid": _always_valid,
    "did": _did,
    "staggered": _staggered,
    "drivers": _drivers,
    "km_median": _km_median,
}
