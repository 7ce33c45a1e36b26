"""Updates of Windows that were installed or failed, by the update client's entries in the System log."""

from agent.collectors.eventlog_windows import EventLog
from agent.collectors.events_windows import SYSTEM, after
from agent.collectors.happenings import happenings
from agent.reading import Collector, Effort, Reading
from agent.records.windows_events import record_of

EVERY = 30 * 60.0

CLIENT = "Microsoft-Windows-WindowsUpdateClient"
ENDED = frozenset({(CLIENT, 19), (CLIENT, 20)})
UPDATE = frozenset({"update"})


class Updates:
    """The cursor is the mark in the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def collect(self, now: float, cursor: str | None) -> Reading:
        events, following = after(self._log, SYSTEM, cursor, ENDED)
        return Reading(events=happenings(map(record_of, events), UPDATE, now), cursor=following)


def collector(log: EventLog) -> Collector:
    return Collector("updates", (), EVERY, Updates(log).collect, effort=Effort.WAITS)
