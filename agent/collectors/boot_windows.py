"""Starts of Windows, and how long those took that Windows measured itself.

A start is known by Kernel-General 12, a fast start-up (which wakes a hibernated kernel) by Kernel-Boot 27.
Diagnostics-Performance 100 has the time of most starts, not of all, and comes minutes later.
"""

from agent.collectors.eventlog_windows import EventLog
from agent.collectors.events_windows import SYSTEM, after
from agent.reading import Collector, Effort, Reading
from agent.records.windows_event import Event
from agent.signals import Sample

EVERY = 60.0

STARTED = ("Microsoft-Windows-Kernel-General", 12)
HOW = ("Microsoft-Windows-Kernel-Boot", 27)
FAST = 1  # of its BootType; 0 is a whole start that 12 tells too, 2 a resume from hibernation

PERFORMANCE = "Microsoft-Windows-Diagnostics-Performance/Operational"
MEASURED = ("Microsoft-Windows-Diagnostics-Performance", 100)
AFTER_SIGN_IN = ("BootUserProfileProcessingTime", "BootExplorerInitTime")
LONGEST = 3600.0


def is_start(event: Event) -> bool:
    return (event.provider, event.id) == STARTED or event.number("BootType") == FAST


def boot_seconds(event: Event) -> float | None:
    """From the loader to the sign-in screen; None where that is not known.

    The main path leaves out the wait for somebody to sign in, and ends with the desktop. A start that
    installed updates holds their time, and nothing tells how much of it.
    """
    main = event.number("MainPathBootTime")
    if main is None or event.flag("BootIsRebootAfterInstall"):
        return None
    seconds = (main - sum(event.number(part) or 0 for part in AFTER_SIGN_IN)) / 1000
    return seconds if 0 < seconds <= LONGEST else None


class Starts:
    """The cursor is the mark in the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def collect(self, now: float, cursor: str | None) -> Reading:
        events, following = after(self._log, SYSTEM, cursor, frozenset({STARTED, HOW}))
        return Reading([Sample("boot", 1.0, _at(e, now)) for e in events if is_start(e)], cursor=following)


class BootTime:
    """The cursor is the mark in the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def collect(self, now: float, cursor: str | None) -> Reading:
        events, following = after(self._log, PERFORMANCE, cursor, frozenset({MEASURED}))
        took = [(boot_seconds(event), _at(event, now)) for event in events]
        samples = [Sample("boot_s", seconds, at) for seconds, at in took if seconds is not None]
        return Reading(samples, cursor=following)


def _at(event: Event, now: float) -> float:
    return event.time.timestamp() if event.time else now


def collectors(log: EventLog) -> tuple[Collector, ...]:
    return (
        Collector("starts", (), EVERY, Starts(log).collect, effort=Effort.WAITS),
        Collector("boot", ("boot",), EVERY, BootTime(log).collect, effort=Effort.WAITS),
    )
