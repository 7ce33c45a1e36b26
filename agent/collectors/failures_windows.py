"""Crashes and hangs of applications, by the Application log: entries of Application Error, Application Hang
and Windows Error Reporting, which tell of one failure up to four times within minutes.
"""

import json
from dataclasses import replace

from agent.collectors.eventlog_windows import EventLog
from agent.collectors.events_windows import APPLICATION, after
from agent.collectors.happenings import happenings
from agent.reading import Collector, Effort, Reading
from agent.records.model import Record
from agent.records.windows_events import record_of

EVERY = 30.0  # a crash is to be seen within a minute

FAILURES = frozenset(
    {("Application Error", 1000), ("Application Hang", 1002), ("Windows Error Reporting", 1001)}
)
KINDS = frozenset({"crash", "hang"})
REMEMBERED = 200  # failures that were told last; a report of an older one is taken for a new failure


class Failures:
    """The cursor is the mark in the log and the failures that were told last."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def collect(self, now: float, cursor: str | None) -> Reading:
        known: dict[str, list[str]] = json.loads(cursor) if cursor else {"mark": [], "told": []}
        mark = known["mark"][0] if known["mark"] else None
        events, following = after(self._log, APPLICATION, mark, FAILURES)
        records = [record for event in events if (record := record_of(event))]
        new = [record for record in records if record.key not in known["told"]]
        told = list(dict.fromkeys([*known["told"], *(record.key for record in records)]))
        cursor = json.dumps({"mark": [following], "told": told[-REMEMBERED:]})
        return Reading(events=happenings(map(_with_exception, new), KINDS, now), cursor=cursor)


def _with_exception(record: Record) -> Record:
    """Windows names an exception where other systems name a signal."""
    exception = record.detail.get("exception", "")
    return replace(record, detail={"signal": exception} if exception else {})


def collector(log: EventLog) -> Collector:
    return Collector("failures", ("crash", "hang"), EVERY, Failures(log).collect, effort=Effort.WAITS)
