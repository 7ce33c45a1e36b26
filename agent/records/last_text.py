"""What `last` prints (Linux and macOS): which boots ended without a shutdown. It measures no duration.

Rows have no zone and mostly no year, and come newest first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.records import times
from agent.records.model import Record

BEGINS = re.compile(r"^\S{1,30} begins (?:[A-Z][a-z]{2} [A-Z][a-z]{2} |\d{4}-).*$", re.MULTILINE)
MOST_ROWS = 100_000

_DATE = re.compile(r"\b([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d)(?::(\d\d))?(?: (\d{4}))?")
_ISO = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d\b")  # last --time-format iso
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str  # boot, shutdown, session
    date: re.Match[str] | None
    crashed: bool  # this row ends with "crash"


def records_of(lines: Iterable[str], source: str) -> list[Record]:
    """One record per boot that ended without a shutdown, dated at the boot after it where a year is known.

    With rows of shutdowns, a boot that none precedes tells it. Otherwise it is a session that `last` says
    ended by a crash, however many sessions did.
    """
    rows: list[_Row] = []
    begins = None
    for line in (_ISO.sub(_as_usual, line) for line in lines):
        if BEGINS.match(line):
            begins = _DATE.search(line)
        elif (row := _row(line)) and len(rows) < MOST_ROWS:
            rows.append(row)
    rows.reverse()
    dates = _years([row.date for row in rows], begins)
    by_shutdown = any(row.kind == "shutdown" for row in rows)
    found = _boots_without_shutdown(rows) if by_shutdown else _crashed_boots(rows)
    return [_record(dates[i] if i is not None else None, f"{source}#{n}") for n, i in enumerate(found)]


def _as_usual(iso: re.Match[str]) -> str:
    """A date of ISO in this machine's zone, as other rows have it."""
    moment = times.utc(iso[0])
    here = moment.astimezone() if moment else None
    if here is None:
        return ""
    day = f"{_WEEKDAYS[here.weekday()]} {times.MONTHS[here.month - 1]} {here.day:2}"
    return f"{day} {here:%H:%M:%S} {here.year:04}"


def _row(line: str) -> _Row | None:
    name, _, rest = line.partition(" ")
    rest = rest.strip()
    date = _DATE.search(rest)
    if date is None:
        return None
    kind = "session"
    if name == "reboot" and rest.startswith(("system boot", "~")):
        kind = "boot"
    elif name == "shutdown" and rest.startswith(("system down", "~")):
        kind = "shutdown"
    return _Row(kind, date, bool(re.search(r"- crash\b", rest[date.end() - date.start() :])))


def _boots_without_shutdown(rows: list[_Row]) -> list[int | None]:
    """The boots (by index) that no shutdown precedes; the first of a log is one of them: how the time
    before it ended is not told.
    """
    found: list[int | None] = []
    shut_down = False
    for i, row in enumerate(rows):
        if row.kind == "boot":
            if not shut_down:
                found.append(i)
            shut_down = False
        elif row.kind == "shutdown":
            shut_down = True
    return found


def _crashed_boots(rows: list[_Row]) -> list[int | None]:
    """For each boot in which a session crashed, the boot after it (None if there is none)."""
    found: list[int | None] = []
    crashed = False
    for i, row in enumerate(rows):
        if row.kind == "boot":
            if crashed:
                found.append(i)
            crashed = False
        crashed = crashed or row.crashed
    return [*found, None] if crashed else found


def _years(dates: list[re.Match[str] | None], begins: re.Match[str] | None) -> list[datetime | None]:
    """The dates with their years: from the year in which the log begins, by the days of the week."""
    earliest = _date(begins, int(begins[7])) if begins and begins[7] else None
    found = []
    for date in dates:
        moment = _first_after(date, earliest)
        earliest = moment or earliest
        found.append(times.local(moment) if moment else None)
    return found


def _first_after(date: re.Match[str] | None, earliest: datetime | None) -> datetime | None:
    if date is None or (earliest is None and not date[7]):
        return None
    if date[7] or earliest is None:
        return _date(date, int(date[7]))
    for year in range(earliest.year, earliest.year + 7):
        moment = _date(date, year)
        if moment and moment >= earliest - timedelta(days=1) and moment.weekday() == _WEEKDAYS.index(date[1]):
            return moment
    return None


def _date(date: re.Match[str] | None, year: int) -> datetime | None:
    if date is None or date[2] not in times.MONTHS or date[1] not in _WEEKDAYS:
        return None
    month = times.MONTHS.index(date[2]) + 1
    try:
        return datetime(year, month, int(date[3]), int(date[4]), int(date[5]), int(date[6] or 0))
    except ValueError:
        return None


def _record(when: datetime | None, key: str) -> Record:
    return Record("oscrash", when, detail={"cause": "unknown"}, key=f"last:{key}")
