"""Recorded event logs of real Windows computers, as the Event Log API would give them entry by entry."""

import gzip
import re
import tempfile
from collections.abc import Generator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from agent.collectors.eventlog_windows import Entry, refusal

LOGS = Path(__file__).parent / "recorded" / "samples" / "windows" / "eventlog"

_PROVIDER = re.compile(r'<Provider Name="([^"]*)"')
_ID = re.compile(r"<EventID[^>]*>(\d+)")
_TIME = re.compile(r'SystemTime="([^"]*)"')


@cache
def entries_of(name: str) -> tuple[Entry, ...]:
    """Of a file `machine/Log`, in the order in which they were written."""
    evtx = pytest.importorskip("evtx")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "log.evtx")
        file.write_bytes(gzip.decompress((LOGS / f"{name}.evtx.gz").read_bytes()))
        records = list(evtx.PyEvtxParser(str(file)).records())
    found = [entry_of(record["data"], record["event_record_id"]) for record in records]
    return tuple(sorted(found, key=lambda entry: entry.record))


def entry_of(xml: str, record: int) -> Entry:
    provider, number, time = (pattern.search(xml) for pattern in (_PROVIDER, _ID, _TIME))
    assert number
    assert time
    written = int(datetime.fromisoformat(time[1]).timestamp() * 1e6)
    return Entry(provider[1] if provider else "", int(number[1]), record, written, lambda: xml)


class WindowsComputer:
    """Channels in which entries appear one after the other."""

    def __init__(self, **channels: tuple[Entry, ...]) -> None:
        self.channels = {name: list(entries) for name, entries in channels.items()}
        self.visible = dict.fromkeys(channels, 0)
        self.walked = 0

    def backwards(self, channel: str) -> Generator[Entry, None, None]:
        if channel not in self.channels:
            raise refusal(channel, 15007)
        for entry in reversed(self.channels[channel][: self.visible[channel]]):
            self.walked += 1
            yield entry

    def write(self, channel: str, entries: int) -> bool:
        """So many more become visible; whether there were any left."""
        before = self.visible[channel]
        self.visible[channel] = min(before + entries, len(self.channels[channel]))
        return self.visible[channel] > before

    def newest_time(self, channel: str) -> float:
        return self.channels[channel][self.visible[channel] - 1].written / 1e6

    def clear(self, channel: str) -> None:
        """The log begins anew, and counts from 1."""
        left = self.channels[channel][self.visible[channel] :]
        self.channels[channel] = [
            Entry(entry.provider, entry.id, number, entry.written, entry.xml)
            for number, entry in enumerate(left, 1)
        ]
        self.visible[channel] = 0
