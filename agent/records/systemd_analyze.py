"""What `systemd-analyze time` prints: the length of the last boot by its phases."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from agent.records.model import DetailValue, Record

LINE = re.compile(r"^Startup finished in (.{3,200})$")

_PHASE = re.compile(r"([^()+=]{2,40}) \((firmware|loader|kernel|initrd|userspace)\)")
_TOTAL = re.compile(r"= ([^()+=]{2,40}?)\.?\s*$")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(us|ms|min|s|h|d)\b")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def records_of(lines: Iterable[str]) -> Iterator[Record]:
    yield from filter(None, map(record_of, lines))


def record_of(line: str, time: datetime | None = None) -> Record | None:
    """The record of the sentence that systemd also writes into the system's log."""
    found = LINE.match(line.strip())
    phases = _PHASE.findall(found[1]) if found else []
    if not found or not phases:
        return None
    detail: dict[str, DetailValue] = {f"{name}_s": duration_s(text) for text, name in phases}
    total = _TOTAL.search(found[1])
    value = duration_s(total[1]) if total else round(sum(duration_s(text) for text, _ in phases), 6)
    return Record("boot", time, value=value, unit="s", detail=detail)


def duration_s(text: str) -> float:
    """`1min 9.608s`, `48.884s`, `14ms` in seconds (systemd.time(7))."""
    return round(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)), 6)
