"""Journal entries that somebody saved as text: `journalctl -o verbose`, `-o export` or `-o json`, and what
`coredumpctl info` prints. Only the fields of `journal.FIELDS` are kept, line by line.
"""

import json
import re
from collections.abc import Iterable, Iterator

from agent.records import journal, times
from agent.records.model import Record

ENTRY_LINE = re.compile(
    r"^\s*(?:MESSAGE_ID=[0-9a-f]{32}|_BOOT_ID=[0-9a-f]{32}|COREDUMP_PID=\d+)\s*$", re.MULTILINE
)
JSON_LINE = re.compile(r'^\{[^\n]*"(?:__REALTIME_TIMESTAMP|_BOOT_ID)"')
COREDUMPCTL = re.compile(r"^ *PID: \d+ \(.+\)\s*\n(?:.*\n){0,10}? *Signal: \d+", re.MULTILINE)

_WANTED = frozenset({*journal.FIELDS, "__REALTIME_TIMESTAMP"})
_FIELD = re.compile(r"^(\s*)([A-Z_][A-Z0-9_]{0,63})=(.*)$")
_INFO = re.compile(r"^ *(PID|Signal|Timestamp|Executable|Package): +(\S.*)$")


def records_of(lines: Iterable[str]) -> Iterator[Record]:
    for entry in entries(lines):
        record = _record(entry)
        if record is not None:
            yield record


def entries(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Entries from blocks of NAME=value lines; a line that is no field and is not indented ends a block."""
    entry: dict[str, str] = {}
    for line in lines:
        found = _FIELD.match(line.rstrip("\r\n"))
        if found:
            if found[2] in _WANTED:
                entry.setdefault(found[2], found[3])
        elif entry and not line.startswith((" ", "\t")):
            yield entry
            entry = {}
    if entry:
        yield entry


def json_records(lines: Iterable[str]) -> Iterator[Record]:
    """From one JSON object per line; lines that are none are passed over."""
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and (record := _record(entry)):
            yield record


def _record(entry: journal.Entry) -> Record | None:
    """As from a journal, but a core dump is also believed where a shortened listing lacks the trusted fields:
    who writes a file by hand can write those as well.
    """
    if journal.text(entry, "MESSAGE_ID") == journal.COREDUMP:
        told = bool(journal.text(entry, "_EXE") or journal.text(entry, "_SYSTEMD_UNIT"))
        return journal.coredump(entry, trusted=told)
    return journal.record_of(entry)


def coredumpctl_records(lines: Iterable[str], source: str) -> Iterator[Record]:
    """From `coredumpctl info`: a block per crash that begins with its PID."""
    block: dict[str, str] = {}
    for line in lines:
        found = _INFO.match(line)
        if not found:
            continue
        if found[1] == "PID" and block:
            yield from _dumped(block, source)
            block = {}
        block.setdefault(found[1], found[2].strip())
    yield from _dumped(block, source)


def _dumped(block: dict[str, str], source: str) -> Iterator[Record]:
    number, _, name = block.get("Signal", "").partition(" ")
    if not block or number == journal.SIGQUIT:
        return
    pid, _, comm = block.get("PID", "").partition(" ")
    yield Record(
        "crash",
        times.utc(block.get("Timestamp", ""), zone_missing="local"),
        app=block.get("Executable") or comm.strip("()"),
        version=block.get("Package", "").partition("/")[2],
        detail={"signal": f"SIG{name.strip('()')}" if name else ""},
        key=f"core:{source}:{pid}:{block.get('Timestamp', '')}",
    )
