"""Kernel panics of macOS: reports of type 210, older `.panic` text, and what the console shows."""

import re
from collections.abc import Mapping
from datetime import datetime

from agent.records import times
from agent.records.model import Record

# "panic(cpu 0 caller 0xffffff80...)" of code that gave up; "Panic(CPU 2)", "Panic(CPU 5, time 1972...)" of a
# processor that no longer answered
PANIC_LINE = re.compile(
    r"^(?:panic\(cpu \d+ caller 0x[0-9a-fA-F]+\)|Panic\(CPU \d+(?:, time \d+)?\):)", re.MULTILINE
)
# An older .panic file has its date on a line of its own, in local time.
_DATE_LINE = re.compile(r"^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4}\s*$", re.MULTILINE)


def from_report(header: Mapping[str, str], body: Mapping[str, object]) -> Record:
    """From the two parts of a report of type 210 (header and body of an `.ips` file)."""
    when = times.utc(str(body.get("date", ""))) or times.utc(header.get("timestamp", ""))
    incident = header.get("incident_id") or str(body.get("incident", ""))
    return _panic(when, f"incident:{incident.lower()}" if incident else "")


def from_text(text: str) -> Record | None:
    """From text that holds a panic: one, even if the panic itself panicked."""
    if not PANIC_LINE.search(text):
        return None
    date = _DATE_LINE.search(text)
    when = times.asctime(date[0]) if date else None
    return _panic(when, f"panic:{when}" if when else "")


def _panic(when: datetime | None, key: str) -> Record:
    return Record("oscrash", when, detail={"cause": "panic"}, key=key)
