"""The working-time wall: hours of small groups are never released (docs/scoring.md 4)."""

from collections.abc import Mapping
from math import floor, log

from server.scoring.parameters import EXACT_HOURS_LEAST, HOURS_RATIO


def hours_class(hours: float, n: float, company_hours: float, company_n: float) -> int:
    """The class j of a group from the hours of its first week of the quarter; steps of 1.6 squared."""
    return floor(log(hours / n * company_n / company_hours) / (2 * log(HOURS_RATIO)) + 0.5)


def walled(y: float, e: float, n: float, company_e: float, company_n: float, cls: int) -> tuple[float, float]:
    """Events and hours as they are released for a classed group: the same rate, the class's hours."""
    released = n * company_e / company_n * HOURS_RATIO ** (2 * cls)
    return y * released / e, released


def exact_units(total: int, units: Mapping[str, int]) -> list[str]:
    """The units whose hours may be exact, from all contributors and those of each published unit.

    If the contributors outside them are few, their hours come out by subtraction: then one more is classed.
    """
    exact = {name: n for name, n in units.items() if n >= EXACT_HOURS_LEAST}
    while exact and 0 < total - sum(exact.values()) < EXACT_HOURS_LEAST:
        del exact[min(exact, key=lambda name: (exact[name], name))]
    return sorted(exact)
