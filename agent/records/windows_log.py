"""A whole Windows event log: what its events say alone and what they say together.

The live reader and the readers of files give it the same events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from agent.records import windows_events, windows_incidents, windows_signins
from agent.records.errors import Unreadable
from agent.records.model import Record
from agent.records.windows_event import Event

MOST_RECORDS = 200_000  # of one log; a busy year of a laptop has some thousands

_TOGETHER = windows_incidents.EVENTS | windows_signins.EVENTS
PROVIDERS = windows_events.PROVIDERS | {provider for provider, _ in _TOGETHER}


@dataclass(slots=True)
class Findings:
    """Records, and phases of sign-ins that may go on in another log of the same machine."""

    records: list[Record] = field(default_factory=list)
    phases: list[windows_signins.Phase] = field(default_factory=list)


def read(events: Iterable[Event]) -> Findings:
    found = Findings()
    together: list[Event] = []
    for event in events:
        if record := windows_events.record_of(event):
            found.records.append(record)
        elif (event.provider, event.id) in _TOGETHER:
            together.append(event)
        if len(found.records) + len(together) > MOST_RECORDS:
            raise Unreadable(f"it is an event log with more than {MOST_RECORDS:,} events to be kept in mind")
    together.sort(key=lambda e: (e.host, e.record_id))
    for _, of_host in groupby(together, key=lambda e: e.host):
        ordered = list(of_host)
        found.records += windows_incidents.incidents(ordered)
        found.phases += windows_signins.phases(ordered)
    return found
