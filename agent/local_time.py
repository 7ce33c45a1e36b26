"""Instants, and the local day and hour they fall in.

Instants are seconds since 1970. A day is the laptop's local calendar day, written YYYY-MM-DD.
"""

import time

MINUTE = 60.0
HOUR = 3600.0
DAY = 86_400.0


def day_of(instant: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(instant))


def hour_of(instant: float) -> int:
    return time.localtime(instant).tm_hour


def clock_time(instant: float) -> str:
    """The exact local time, which is shown on the laptop alone."""
    return time.strftime("%H:%M:%S", time.localtime(instant))


def midnight_before(instant: float) -> float:
    """The start of the local day."""
    local = time.localtime(instant)
    return time.mktime((local.tm_year, local.tm_mon, local.tm_mday, 0, 0, 0, 0, 0, -1))
