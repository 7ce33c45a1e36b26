"""A whole Windows event log: what its events say alone and what they say together.

The live reader and the readers of files give it the same events.
"""

from collections.abc import Iterable
from itertools import groupby

from agent.records import windows_events, windows_incidents, windows_signins
from agent.records.errors import Unreadable
from agent.records.findings import Findings
from agent.records.windows_event import Event

MOST_RECORDS = 200_000  # of one log; a busy year of a laptop has some thousands

_TOGETHER = windows_incidents.EVENTS | windows_signins.EVENTS
PROVIDERS = windows_events.PROVIDERS | {provider for provider, _ in _TOGETHER}


def read(events: Iterable[Event], into: Findings) -> None:
    """Adds what the events of one log say; phases of sign-ins may go on in another log of the machine."""
    records = 0
    together: list[Event] = []
    for event in events:
        if record := windows_events.record_of(event):
            into.records.append(record)
            records += 1
        elif (event.provider, event.id) in _TOGETHER:
            together.append(event)
        if records + len(together) > MOST_RECORDS:
            raise Unreadable(f"it is an event log with more than {MOST_RECORDS:,} events to be kept in mind")
    together.sort(key=lambda e: (e.host, e.record_id))
    for _, of_host in groupby(together, key=lambda e: e.host):
        ordered = list(of_host)
        into.records += windows_incidents.incidents(ordered)
        into.phases += windows_signins.phases(ordered)
