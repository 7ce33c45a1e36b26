"""Windows events as the JSON that `evtx_dump` prints of an event log: one per line, or of many lines each."""

import re
from collections.abc import Iterable, Iterator

from agent.records.errors import Unreadable
from agent.records.json_objects import json_objects
from agent.records.windows_event import Event, from_json

START = re.compile(r'^\{\s*"Event"\s*:\s*\{', re.MULTILINE)
LONGEST_LINE = 1024 * 1024  # characters


def events(lines: Iterable[str]) -> Iterator[Event]:
    """Raises Unreadable at the end if some objects were no whole ones."""
    damaged = 0
    for document in json_objects(lines):
        event = from_json(document) if document is not None else None
        damaged += document is None
        if event is not None:
            yield event
    if damaged:
        raise Unreadable(
            f"it looks like Windows events in JSON of which {damaged:,} are damaged or cut short"
        )
