"""A `Report.wer` file of Windows Error Reporting: lines of "key=value", the text already decoded."""

import re
from collections.abc import Iterable
from dataclasses import replace

from agent.records import times
from agent.records.model import Record
from agent.records.windows_events import wer_record

MOST_LINES = 20_000  # loaded modules come last

_SIGNATURE = re.compile(r"^Sig\[(\d)\]\.Value$")
_WANTED = frozenset({"EventType", "EventTime", "ReportIdentifier", "IntegratorReportIdentifier"})


def record_of(lines: Iterable[str]) -> Record | None:
    """The failure it reports; None for reports of updates, drivers and the like, which are most."""
    found: dict[str, str] = {}
    signature: dict[int, str] = {}
    for count, line in enumerate(lines):
        key, _, value = line.strip().partition("=")
        if key in _WANTED:
            found.setdefault(key, value)
        elif number := _SIGNATURE.match(key):
            signature.setdefault(int(number[1]), value)
        if count > MOST_LINES:
            break
    report = found.get("IntegratorReportIdentifier") or found.get("ReportIdentifier", "")
    parameters = [signature.get(i, "") for i in range(10)]
    record = wer_record(found.get("EventType", ""), parameters, report)
    ticks = found.get("EventTime", "")
    when = times.filetime(int(ticks)) if ticks.isascii() and ticks.isdigit() and len(ticks) < 20 else None
    return replace(record, time=when) if record else None
