"""Runs of Windows that ended without a shutdown, by the System log of the next start: Kernel-Power 41,
EventLog 6008 and BugCheck 1001 tell of one end together, within two minutes of the start.
"""

from agent.collectors.eventlog_windows import EventLog
from agent.collectors.events_windows import SYSTEM, after, settled
from agent.collectors.happenings import happenings
from agent.reading import Collector, Effort, Reading
from agent.records.windows_incidents import EVENTS, incidents

EVERY = 60.0

OSCRASH = frozenset({"oscrash"})


class SystemCrashes:
    """The cursor is the mark in the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def collect(self, now: float, cursor: str | None) -> Reading:
        events, following = after(self._log, SYSTEM, cursor, EVENTS)
        if not settled(events, now):
            return Reading()
        return Reading(events=happenings(incidents(events), OSCRASH, now), cursor=following)


def collector(log: EventLog) -> Collector:
    return Collector("oscrash", ("oscrash",), EVERY, SystemCrashes(log).collect, effort=Effort.WAITS)
