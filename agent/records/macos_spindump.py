"""Reports of `spindump` (`.spin`, `.hang`, `.diag`): of them only a hang is a failure.

The same form reports high CPU use, disk writes and wake-ups ("Event: cpu usage") and, without an event line,
what somebody sampled by hand.
"""

import re

from agent.records import times
from agent.records.model import Record

HEAD = re.compile(r"^Date/Time:.*\n(?:.*\n){0,40}?(?:Duration|Steps):", re.MULTILINE)

_FIELD = re.compile(r"^([A-Z][A-Za-z/ ]{1,30}):[ \t]+(\S.*)$", re.MULTILINE)
_SECONDS = re.compile(r"^(\d{1,7}(?:\.\d{1,6})?)\s?s\b")
_BEFORE = re.compile(r"unresponsive for (\d{1,7}(?:\.\d{1,6})?) seconds before sampling")


def record_of(text: str) -> Record | None:
    """A hang and how long it lasted, in seconds where the report tells; None for everything else."""
    head = text.partition("\n---")[0]
    about: dict[str, str] = {}
    for name, value in _FIELD.findall(head[:20_000]):
        about.setdefault(name, value.strip())
    if about.get("Event", "").lower() != "hang":
        return None
    when = times.utc(about.get("Date/Time", ""), zone_missing="local")
    app = about.get("Command", "").partition(" [")[0]
    value = _length(about.get("Duration", ""))
    version = about.get("Version", "")
    return Record(
        "hang",
        when,
        app=app,
        version="" if version == "???" else version,
        value=value,
        unit=None if value is None else "s",
        key=f"hang:{app}:{when}" if when else "",
    )


def _length(duration: str) -> float | None:
    """The sampled time and, if the report gives it, the time the program had hung before."""
    sampled, before = _SECONDS.match(duration), _BEFORE.search(duration)
    if sampled is None:
        return None
    return float(sampled[1]) + (float(before[1]) if before else 0.0)
