"""A whole Windows event log: what its events say alone and what they say together.

The live reader and the readers of files give it the same events.
"""

from collections.abc import Iterable
from itertools import groupby

from agent.records import windows_events, windows_incidents, windows_signins
from agent.records.errors import Unreadable
from agent.records.findings import Findings
from agent.records.windows_event import Event

MOST_EVENTS = 1_000_000  # by the providers we know, in one log; a laptop's have some ten thousand

_TOGETHER = windows_incidents.EVENTS | windows_signins.EVENTS
PROVIDERS = windows_events.PROVIDERS | {provider for provider, _ in _TOGETHER}


def read(events: Iterable[Event], into: Findings) -> None:
    """Adds what the events of one log say; phases of sign-ins may go on in another log of the machine.

    What was read before the log turned out to be damaged is kept.
    """
    together: list[Event] = []
    try:
        for count, event in enumerate(events):
            if count >= MOST_EVENTS:
                raise Unreadable(f"it is an event log with more than {MOST_EVENTS:,} events of interest")
            if record := windows_events.record_of(event):
                into.records.append(record)
            elif (event.provider, event.id) in _TOGETHER:
                together.append(event)
    finally:
        _put_together(together, into)


def _put_together(events: list[Event], into: Findings) -> None:
    events.sort(key=lambda e: (e.host, e.record_id))
    for _, of_host in groupby(events, key=lambda e: e.host):
        ordered = list(of_host)
        into.records += windows_incidents.incidents(ordered)
        into.phases += windows_signins.phases(ordered)
