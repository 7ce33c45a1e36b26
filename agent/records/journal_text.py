"""Journal entries that somebody saved as text: `journalctl -o verbose`, `-o json` (-pretty, -seq, -sse), and
what `coredumpctl info` and `list` print. Only the fields of `journal.FIELDS` are kept, line by line.
"""

import re
from collections.abc import Iterable, Iterator

from agent.records import journal, times
from agent.records.apport import signal_name
from agent.records.errors import Unreadable
from agent.records.json_objects import json_objects
from agent.records.model import Record

ENTRY_LINE = re.compile(
    r"^\s*(?:MESSAGE_ID=[0-9a-f]{32}|_BOOT_ID=[0-9a-f]{32}|COREDUMP_PID=\d+)\s*$", re.MULTILINE
)
_ADDRESS = r'"(?:__CURSOR|__REALTIME_TIMESTAMP|_BOOT_ID)"'
JSON_START = re.compile(
    rf"\A(?:\x1e|data: )?\{{(?:[^\n]*{_ADDRESS}|\n(?:\t[^\n]*\n){{0,500}}?\t{_ADDRESS} :)"
)
LONGEST_JSON = 4 * 1024 * 1024  # characters of an entry; with --all, that of a core dump can be long
COREDUMPCTL = re.compile(r"^ *PID: \d+ \(.+\)\s*\n(?:.*\n){0,10}? *Signal: \d+", re.MULTILINE)

WANTED = frozenset({*journal.FIELDS, "__REALTIME_TIMESTAMP"})
_FIELD = re.compile(r"^(\s*)([A-Z_][A-Z0-9_]{0,63})=(.*)$")
COREDUMPCTL_LIST = re.compile(r"^TIME +PID +UID +GID +SIG +COREFILE +EXE", re.MULTILINE)
_LISTED = re.compile(
    r"^[A-Z][a-z]{2} (?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S{1,8}) +(?P<pid>\d+) +\d+ +\d+ +"
    r"(?P<signal>\S+) +\S+ +(?P<exe>/.*?)(?: +[\d.]+[KMGT]?| +-| +n/a)?$"
)
_INFO = re.compile(r"^ *(PID|Signal|Timestamp|Executable|Package): +(\S.*)$")


def records_of(lines: Iterable[str]) -> Iterator[Record]:
    for entry in entries(lines):
        record = entry_record(entry)
        if record is not None:
            yield record


def entries(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Entries from blocks of NAME=value lines; a line that is no field and is not indented ends a block."""
    entry: dict[str, str] = {}
    for line in lines:
        found = _FIELD.match(line.rstrip("\r\n"))
        if found:
            if found[2] in WANTED:
                entry.setdefault(found[2], found[3])
        elif entry and not line.startswith((" ", "\t")):
            yield entry
            entry = {}
    if entry:
        yield entry


def json_records(lines: Iterable[str]) -> Iterator[Record]:
    """From JSON objects; lines that are none are passed over. Raises Unreadable at the end if some objects
    were no whole ones.
    """
    damaged = 0
    for entry in json_objects(lines):
        damaged += entry is None
        if entry is not None and (record := entry_record(entry)):
            yield record
    if damaged:
        raise Unreadable(
            f"it is a journal in JSON of which {damaged:,} entries are damaged, cut short or too long"
        )


def entry_record(entry: journal.Entry) -> Record | None:
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


def listed_coredumps(lines: Iterable[str], source: str) -> Iterator[Record]:
    """From `coredumpctl list`: a row per crash, before 2021 with the number of the signal."""
    for found in filter(None, (_LISTED.match(line.rstrip()) for line in lines)):
        signal = found["signal"] if found["signal"].startswith("SIG") else signal_name(found["signal"])
        if signal == "SIGQUIT":
            continue
        yield Record(
            "crash",
            times.utc(found["when"], zone_missing="local"),
            app=found["exe"],
            detail={"signal": signal},
            key=f"core:{source}:{found['pid']}:{found['when']}",
        )


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
