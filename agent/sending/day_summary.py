"""The day summary: everything about one local day that leaves the laptop, made from what stays there.

Pure: facts in, a dictionary with the names of `signals.SUMMARY` out. A value whose source could not be
read is left out: it is unknown, never zero.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.agreed.applications import Applications
from agent.signals import COVERED, LIMITS
from agent.store.minutes import EVERY_MINUTE, Minute
from agent.store.observations import DayFacts, KeptHappening, KeptSample
from agent.store.service_checks import ServiceCheck


def summarise(facts: DayFacts, applications: Applications) -> dict[str, Any]:
    """One day's summary, without revision and agent statistics."""
    coverage = coverage_of(facts.minutes)
    readable = {source for source, state in coverage.items() if state in ("ok", "gap")}
    parts: dict[str, dict[str, Any]] = {
        "active": _active(facts),
        "boot": _boot_times(facts.samples),
        "signin": _signins(facts.samples),
        "crash": {"app_crashes": len(counted(facts.happenings, "crash"))},
        "hang": _hangs(facts.happenings),
        "oscrash": {"os_crashes": sum(h.kind == "oscrash" for h in facts.happenings)},
        "network": _network(facts),
        "battery": _last(facts.samples, "battery_health_pct"),
        "space": _least(facts.samples, "disk_free_pct"),
        "patch": _last(facts.samples, "patch_age_d"),
        "wifi": {"wifi_signal_pct": _median(_values(facts.samples, "wifi_signal_pct"))},
        "services": {"services": _services(facts.service_checks)},
    }
    summary: dict[str, Any] = {"on_s": sum(m.on_s for m in facts.minutes)}
    for source, values in parts.items():
        if source in readable:
            summary |= values
    summary |= _boots(facts.samples, "boot" in readable) | _pressure(facts, readable)
    summary["apps"] = _apps(facts, applications, readable)
    gaps = gaps_of(facts.minutes, coverage)
    summary["coverage"] = coverage | dict.fromkeys(gaps, "gap")
    summary["gap_min"] = gaps
    return {name: value for name, value in summary.items() if value is not None}


def counted(happenings: Iterable[KeptHappening], kind: str) -> list[KeptHappening]:
    """The events of a kind, at most LIMITS.events_per_app_and_day of each application."""
    seen: Counter[str] = Counter()
    kept = []
    for happening in happenings:
        if happening.kind == kind and seen[happening.app] < LIMITS.events_per_app_and_day:
            seen[happening.app] += 1
            kept.append(happening)
    return kept


def coverage_of(minutes: Sequence[Minute]) -> dict[str, str]:
    """Each source's state over the day: ok, denied or absent throughout, else gap. What is in front matters
    while somebody is there; before a sign-in nobody could tell."""
    in_use = [m for m in minutes if m.active_min > 0] or minutes
    return {
        source: _state_of([m.missing.get(source, "ok") for m in (in_use if source == "apps" else minutes)])
        for source in COVERED
    }


def gaps_of(minutes: Sequence[Minute], coverage: Mapping[str, str]) -> dict[str, float]:
    """Active minutes each source was not readable. Time of which nobody knows whether somebody worked (the
    agent did not run, or was paused) counts at the day's own share of active minutes."""
    share = _active_share(minutes)
    gaps = {}
    for source, state in coverage.items():
        if state in ("ok", "gap"):
            missing = sum(m.active_min for m in minutes if source in m.missing)
            unknown = [m for m in minutes if source in EVERY_MINUTE or m.missing.get(source) == "gap"]
            missing += share * sum(m.unwatched_s for m in unknown) / 60
            if missing > 0:
                gaps[source] = missing
    return gaps


def _state_of(states: Sequence[str]) -> str:
    found = set(states)
    if len(found) == 1:
        return found.pop()
    if "ok" in found or not found:
        return "gap" if found else "absent"
    return "denied" if "denied" in found else "gap" if "gap" in found else "absent"


def _active_share(minutes: Sequence[Minute]) -> float:
    """Which part of the time that was watched was active; 0 where none was."""
    watched_min = sum(m.on_s - m.unwatched_s for m in minutes if m.active_s is not None) / 60
    active_min = sum(m.active_min for m in minutes)
    return min(1.0, active_min / watched_min) if watched_min > 0 else 0.0


def _active(facts: DayFacts) -> dict[str, Any]:
    active_min = sum(m.active_min for m in facts.minutes)
    return {
        "usage_s": active_min * 60,
        **_in_front(facts, active_min),
        "active_source": facts.measured_by.get("active"),
        "active_min": active_min,
    }


def _in_front(facts: DayFacts, active_min: float) -> dict[str, Any]:
    """How long any application was in front. Where nobody told, active use stands for it: crashes are
    counted in that time, too."""
    unseen_min = sum(m.active_min for m in facts.minutes if "apps" in m.missing)
    if not _front_was_seen(facts):
        return {"app_s": active_min * 60, "app_source": "usage"}
    seen = sum(app.seconds for app in facts.app_times)
    return {"app_s": seen + unseen_min * 60, "app_source": "foreground"}


def _front_was_seen(facts: DayFacts) -> bool:
    """Whether it was for most of the day's active time."""
    seen = sum(m.active_min for m in facts.minutes if "apps" not in m.missing)
    return seen > sum(m.active_min for m in facts.minutes) / 2


def _boots(samples: Sequence[KeptSample], readable: bool) -> dict[str, Any]:
    """Starts are counted even where nothing says how long they took; that there was none is known only
    where that would have been read."""
    boots = len(_values(samples, "boot"))
    return {"boots": boots} if boots or readable else {}


def _boot_times(samples: Sequence[KeptSample]) -> dict[str, Any]:
    lengths = _values(samples, "boot_s")
    return {
        "boot_s": _median(lengths),
        "boot_locked_s": _median(_values(samples, "boot_locked_s")),
        "boot_update_s": _median(_values(samples, "boot_update_s")),
        "boot_list_s": lengths[: LIMITS.numbers_per_list],
    }


def _signins(samples: Sequence[KeptSample]) -> dict[str, Any]:
    lengths = _values(samples, "signin_s")
    return {
        "signins": max(len(_values(samples, "signin")), len(lengths)),
        "signin_s": _median(lengths),
        "signin_list_s": lengths[: LIMITS.numbers_per_list],
    }


def _hangs(happenings: Sequence[KeptHappening]) -> dict[str, Any]:
    hangs = counted(happenings, "hang")
    return {"app_hangs": len(hangs), "hang_list_s": [h.value for h in hangs][: LIMITS.numbers_per_list]}


def _pressure(facts: DayFacts, readable: set[str]) -> dict[str, Any]:
    """Pressured minutes, each counted by its active part; nothing where active use is unknown."""
    names = {"cpu": "cpu", "memory": "mem", "disk": "disk"}
    measures = [name for name in names if name in readable]
    if "active" not in readable or not measures:
        return {}
    found: dict[str, Any] = {
        "pressure_min": sum(m.active_min for m in facts.minutes if m.pressed),
    }
    for measure in measures:
        found[f"{names[measure]}_min"] = sum(m.active_min for m in facts.minutes if getattr(m, measure) == 1)
        found[f"{names[measure]}_source"] = facts.measured_by.get(measure)
    return found


def _network(facts: DayFacts) -> dict[str, Any]:
    """Offline minutes, and tries and round trips of the nearest reference (least of their medians)."""
    offline = sum(m.active_min for m in facts.minutes if m.offline)
    tries: dict[str, list[float]] = defaultdict(list)
    trips: dict[str, list[float]] = defaultdict(list)
    for sample in facts.samples:
        if sample.name == "probe_ok":
            tries[sample.about].append(sample.value)
        elif sample.name == "probe_rtt_ms":
            trips[sample.about].append(sample.value)
    if not tries:
        return {"offline_min": offline}
    nearest = min(tries, key=lambda name: (_median(trips[name]) or float("inf"), name))
    return {
        "offline_min": offline,
        "probes": len(tries[nearest]),
        "probes_failed": sum(1 for ok in tries[nearest] if not ok),
        "rtt_ms": _median(trips[nearest]),
    }


def _apps(facts: DayFacts, applications: Applications, readable: set[str]) -> list[dict[str, Any]]:
    """Hours in front, crashes and hangs by listed application, all others together."""
    rows: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    nothing: dict[str, float] = {}
    if "apps" in readable and _front_was_seen(facts):
        nothing["hours"] = 0.0
        for app in facts.app_times:
            row = rows[applications.named(app.name, app.version)]
            row["hours"] = round(row.get("hours", 0.0) + app.seconds / 3600, 4)
    for kind, column in (("crash", "crashes"), ("hang", "hangs")):
        if kind in readable:
            nothing[column] = 0
            for happening in counted(facts.happenings, kind):
                row = rows[applications.named(happening.app, happening.version)]
                row[column] = row.get(column, 0) + 1
    return [
        {"name": name, "version": version, **nothing, **row} for (name, version), row in sorted(rows.items())
    ][: LIMITS.rows_per_table]


def _services(checks: Iterable[ServiceCheck]) -> list[dict[str, Any]]:
    """Per service its tries, its failures by cause, and the median time to its first answer."""
    by_name: dict[str, list[ServiceCheck]] = defaultdict(list)
    for check in checks:
        by_name[check.service].append(check)
    rows = []
    for name, tries in sorted(by_name.items()):
        row = {
            "name": name,
            "checks": len(tries),
            "failures": dict(Counter(check.cause for check in tries if check.cause)),
            "first_byte_ms": _median([c.first_byte_ms for c in tries if c.first_byte_ms is not None]),
        }
        rows.append({key: value for key, value in row.items() if value is not None})
    return rows[: LIMITS.rows_per_table]


def _values(samples: Sequence[KeptSample], name: str) -> list[float]:
    return [s.value for s in samples if s.name == name]


def _median(values: Sequence[float]) -> float | None:
    """Written out, because the statistics module costs the service 2 MiB."""
    if not values:
        return None
    ranked, middle = sorted(values), len(values) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def _last(samples: Sequence[KeptSample], name: str) -> dict[str, Any]:
    values = _values(samples, name)
    return {name: values[-1] if values else None}


def _least(samples: Sequence[KeptSample], name: str) -> dict[str, Any]:
    return {name: min(_values(samples, name), default=None)}
