"""One day of one laptop of the demo company, as its agent would have summed it up. Pure."""

import gzip
import math
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import msgspec

from agent.signals import COVERED
from server.demo.company import FULL, ONE_DAY, PART, Company, Employee, Outline, install_id, make_company
from server.demo.effects import BAD_VERSION, UPDATED_APP, Effects, Strain

AGENT_VERSION = "0.6.0"
_HOURS = {FULL: (6.6, 1.1), PART: (4.6, 0.8), ONE_DAY: (7.0, 0.8)}
_PART_WEEKDAYS = (0, 1, 3)
_APPS = (("firefox", "128.5"), ("thunderbird", "128.4"), ("soffice.bin", "24.8"), (UPDATED_APP, ""))
_APP_SHARES = (0.34, 0.22, 0.18, 0.14)  # of the time in front; the rest is “other”
_CRASHES_PER_HOUR, _HANGS_PER_HOUR, _OS_CRASHES_PER_HOUR = 0.010, 0.018, 0.0008
_BAD_UPDATE_CRASHES_PER_HOUR = 0.35
_SYSTEMS = ("Debian GNU/Linux 12 (bookworm)", "Debian GNU/Linux 13 (trixie)")
_COVERAGE = dict.fromkeys(COVERED, "ok") | {"services": "absent", "wifi": "absent"}


def works(employee: Employee, day: date) -> bool:
    """Whether this person is at the laptop that day at all."""
    if not employee.employed(day) or employee.is_away(day) or day.weekday() > 4:
        return False
    if employee.pattern == ONE_DAY:
        return day.weekday() == employee.number % 5
    return employee.pattern == FULL or day.weekday() in _PART_WEEKDAYS


def random_of(seed: int, employee: Employee, day: date, purpose: str) -> Random:
    """Chance that depends on nothing but seed, person, day and purpose."""
    return Random(f"{purpose} {seed} {employee.number} {day}")


def day_batch(
    seed: int, employee: Employee, day: date, effects: Effects, install: UUID, relieved: bool = False
) -> dict[str, Any]:
    """The batch of a day: its summary, and an event for each crash and each unclean end."""
    random = random_of(seed, employee, day, "day")
    strain = effects.strain(employee, day, relieved)
    summary = _summary(random, employee, strain)
    summary["apps"] = _apps(random, summary, strain, effects.version_on(day))
    summary["app_crashes"] = sum(app["crashes"] for app in summary["apps"])
    summary["app_hangs"] = sum(app["hangs"] for app in summary["apps"])
    summary["hang_list_s"] = [round(random.uniform(5, 60), 1) for _ in range(summary["app_hangs"])]
    return {
        "batch_id": str(_uuid(random)),
        "install_id": str(install),
        "seq": day.toordinal(),
        "day": day.isoformat(),
        "summary": summary,
        "events": list(_events(random, summary)),
    }


def bodies_of_day(outline: Outline, day: date, relieved: Collection[str] = ()) -> dict[int, bytes]:
    """What the laptops send of a day, as the agent encodes and compresses it, by their people's numbers.

    `relieved`: employee ids of those who have what is tried out.
    """
    company, effects = _told(outline)
    bodies = {}
    for employee in company.employees:
        if works(employee, day):
            install = install_id(company.seed, employee)
            has_it = employee.employee_id in relieved
            batch = day_batch(company.seed, employee, day, effects, install, has_it)
            bodies[employee.number] = gzip.compress(msgspec.json.encode(batch))
    return bodies


@lru_cache(1)
def _told(outline: Outline) -> tuple[Company, Effects]:
    company = make_company(outline)
    return company, Effects.planted(company)


def _summary(random: Random, employee: Employee, strain: Strain) -> dict[str, Any]:
    mean, spread = _HOURS[employee.pattern]
    hours = min(11.0, max(0.6, random.gauss(mean, spread)))
    active = round(hours * 60)
    pressure = _pressure(random, active, 0.055 * strain.pressure * employee.luck)
    boots = _times(random, 1.05, 24 + 6 * employee.model.age, strain.start * employee.luck)
    signins = _times(random, 1.25, 17, strain.sign_in * employee.luck)
    probes = active
    awake = hours * random.uniform(1.1, 1.4)
    return {
        "revision": 1,
        "usage_s": round(hours * 3600, 1),
        "on_s": round(awake * 3600, 1),
        "app_s": round(hours * 3600 * random.uniform(0.85, 0.98), 1),
        "app_source": "foreground",
        "active_source": "input",
        **_list("boot", boots),
        "boot_locked_s": round(random.uniform(4, 15), 1),
        **_list("signin", signins),
        "os_crashes": _poisson(random, _OS_CRASHES_PER_HOUR * awake * strain.crashes**1.5),
        "active_min": active,
        **pressure,
        "offline_min": _poisson(random, 0.4 * strain.network),
        "probes": probes,
        "probes_failed": _poisson(random, probes * 0.0007 * strain.network),
        "rtt_ms": round(random.lognormvariate(math.log(32), 0.25) * strain.network, 1),
        "battery_health_pct": round(max(35.0, 101 - 8 * employee.model.age - random.uniform(0, 6)), 1),
        "disk_free_pct": round(max(3.0, 55 - 6 * employee.model.age * employee.luck), 1),
        "patch_age_d": round(random.uniform(0, 14) + strain.patch_days, 1),
        "coverage": _COVERAGE,
        "agent": [
            {
                "version": AGENT_VERSION,
                "cpu_s": round(random.uniform(5, 9), 1),
                "rss_peak_mib": round(random.uniform(15, 17), 1),
                "bytes_sent": random.randint(3000, 6000),
            }
        ],
    }


def _times(random: Random, mean: float, seconds: float, factor: float) -> list[float]:
    """How long each start or sign-in of a day took."""
    count = max(1, _poisson(random, mean))
    return [round(random.lognormvariate(math.log(seconds * factor), 0.25), 1) for _ in range(count)]


def _list(name: str, values: list[float]) -> dict[str, Any]:
    return {f"{name}s": len(values), f"{name}_s": median(values), f"{name}_list_s": values}


def _pressure(random: Random, active: int, share: float) -> dict[str, Any]:
    """Minutes under pressure; their union lies between the largest and the sum."""
    shares = [min(0.6, random.expovariate(1 / (share * part))) for part in (1.0, 0.8, 0.6)]
    cpu, memory, disk = (round(active * part) for part in shares)
    union = max(cpu, memory, disk) + round(random.random() * (cpu + memory + disk - max(cpu, memory, disk)))
    return {
        "cpu_min": cpu,
        "cpu_source": "psi",
        "mem_min": memory,
        "mem_source": "psi",
        "disk_min": disk,
        "disk_source": "busy",
        "pressure_min": min(active, union),
    }


def _apps(random: Random, summary: Mapping[str, Any], strain: Strain, version: str) -> list[dict[str, Any]]:
    front = summary["app_s"] / 3600
    rows = []
    named = [(name, known or version) for name, known in _APPS]
    shares = [*_APP_SHARES, 1 - sum(_APP_SHARES)]
    for (name, at), share in zip([*named, ("other", "")], shares, strict=True):
        hours = front * share
        rate = _CRASHES_PER_HOUR * strain.crashes
        if at == BAD_VERSION:
            rate += _BAD_UPDATE_CRASHES_PER_HOUR
        rows.append(
            {
                "name": name,
                "version": at,
                "hours": round(hours, 3),
                "crashes": min(10, _poisson(random, rate * hours)),
                "hangs": min(10, _poisson(random, _HANGS_PER_HOUR * strain.pressure * hours)),
            }
        )
    return rows


def _events(random: Random, summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    crashes = [
        {
            "event_id": str(_uuid(random)),
            "kind": "crash",
            "hour": random.randint(8, 17),
            "app": app["name"],
            "version": app["version"],
            "detail": {"signal": "SIGSEGV"},
        }
        for app in summary["apps"]
        for _ in range(app["crashes"])
    ]
    ends = [
        {
            "event_id": str(_uuid(random)),
            "kind": "oscrash",
            "hour": random.randint(8, 17),
            "detail": {"cause": "unknown"},
        }
        for _ in range(summary["os_crashes"])
    ]
    return crashes + ends


def facts_of(employee: Employee) -> dict[str, object]:
    """What the laptop says about what it is made of."""
    return {
        "serial": f"D{employee.number:05d}",
        "maker": employee.model.maker,
        "model": employee.model.name,
        "os": "linux",
        "os_version": _SYSTEMS[employee.number % len(_SYSTEMS)],
        "connections": "wifi" if employee.number % 4 else "ethernet, wifi",
        "memory_gib": 16.0 if employee.model.age < 5 else 8.0,
        "disk_gib": 512.0,
        "cores": 8 if employee.model.age < 5 else 4,
    }


def satisfaction(seed: int, employee: Employee, day: date, effects: Effects) -> int:
    """The answer of 1 to 5 this person gives on a day: the day's troubles, a temper and some chance."""
    random = random_of(seed, employee, day, "answer")
    temper = random_of(seed, employee, employee.hire, "temper").gauss(0, 0.5)
    felt = 3.9 + effects.strain(employee, day).mood + temper + random.gauss(0, 0.6)
    return min(5, max(1, round(felt)))


def _poisson(random: Random, mean: float) -> int:
    """Knuth's way, which is fine for small means."""
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
