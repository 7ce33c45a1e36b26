"""How much of its first capacity the battery still has (Documentation/ABI/testing/sysfs-class-power)."""

from pathlib import Path

from agent.reading import Collector, Reading, SourceAbsent
from agent.signals import Sample

EVERY = 60.0 * 60

SUPPLIES = Path("/sys/class/power_supply")


def battery_health(folder: Path = SUPPLIES) -> float | None:
    """Full charge in percent of the design, over all batteries of the laptop itself; None without one.

    Batteries of mice and headsets are `scope` Device; some firmware tells 0 for what it does not know.
    """
    full = design = 0.0
    for supply in sorted(folder.glob("*")):
        if _text(supply / "type") != "Battery" or _text(supply / "scope") == "Device":
            continue
        for unit in ("energy", "charge"):
            now, new = _number(supply / f"{unit}_full"), _number(supply / f"{unit}_full_design")
            if now > 0 and new > 0:
                full, design = full + now, design + new
                break
    return 100 * full / design if design else None


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> float:
    try:
        return float(_text(file))
    except ValueError:
        return 0.0


def collect(now: float, cursor: str | None, folder: Path = SUPPLIES) -> Reading:
    health = battery_health(folder)
    if health is None:
        raise SourceAbsent("This machine has no battery that reports its capacity.")
    return Reading([Sample("battery_health_pct", health)])


def collector() -> Collector:
    return Collector("battery", ("battery",), EVERY, collect)
