"""What is new in an event log of Windows: each entry once, whatever happens to agent and log in between."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice

from agent.collectors.eventlog_windows import EventLog
from agent.records import event_xml
from agent.records.errors import Unreadable
from agent.records.windows_event import Event

MOST = 20_000  # entries walked back over in one look; a laptop writes some thousands a day

APPLICATION, SYSTEM = "Application", "System"

SETTLED = 120.0  # seconds after which nothing more is expected of what several entries tell together

Names = frozenset[tuple[str, int]]
"""Providers and ids of the events that are wanted."""

# Applications put what they like into their entries; these characters are none of XML 1.0.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def after(log: EventLog, channel: str, mark: str | None, wanted: Names) -> tuple[list[Event], str]:
    """The wanted events since a mark, the oldest first, and the next mark; none at the first look.

    A mark is the number and the time of the entry that was the newest. A log that is cleared counts anew
    from 1: its newest entry has a lower number than the mark, or another time stands at the mark's number.
    """
    record, written = (int(part) for part in (mark or "0 0").split())
    newest, cleared = "0 0", False
    texts: list[str] = []
    with closing(log.backwards(channel)) as entries:
        for count, entry in enumerate(islice(entries, MOST)):
            if count == 0:
                newest = f"{entry.record} {entry.written}"
                cleared = entry.record < record
            if mark is None:
                break
            cleared = cleared or (entry.record == record and entry.written != written)
            if entry.record <= record and not cleared:
                break
            if (entry.provider, entry.id) in wanted:
                texts.append(entry.xml())
    return [event for text in reversed(texts) if (event := event_of(text))], newest


def event_of(text: str) -> Event | None:
    """None for an entry that is damaged."""
    try:
        return next(event_xml.events([_NO_XML.sub(" ", text)]), None)
    except Unreadable:
        return None


def after_each(
    log: EventLog, marks: str | None, wanted: Mapping[str, Names]
) -> tuple[dict[str, list[Event]], str]:
    """The same for several channels; their marks together are one cursor."""
    known: dict[str, str] = json.loads(marks) if marks else {}
    found: dict[str, list[Event]] = {}
    for channel, names in wanted.items():
        found[channel], known[channel] = after(log, channel, known.get(channel), names)
    return found, json.dumps(known, sort_keys=True)


def settled(events: Sequence[Event], now: float) -> bool:
    """Whether all has been written that belongs to these; if not, they are read once more a minute later.

    The last one counts, and not the latest: clocks are set while a laptop starts.
    """
    last = events[-1].time if events else None
    return last is None or abs(now - last.timestamp()) >= SETTLED
