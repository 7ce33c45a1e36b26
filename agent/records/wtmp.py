"""Login records of Linux, `/var/log/wtmp` (utmp(5)): which starts no shutdown precedes. They measure no
duration, and names of people and hosts in them are not kept.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from agent.records import times
from agent.records.model import Record

_RUN_LEVEL, _BOOT, _LAST_TYPE = 1, 2, 9
_NAMES = struct.Struct("<hxxi32s4s32s")  # type, process, line, id, user
_SINCE, _UNTIL = 946_684_800, 4_102_444_800  # a record is of the years 2000 to 2099


@dataclass(frozen=True, slots=True)
class _Form:
    """Records of x86 are shorter than those of other 64-bit processors."""

    size: int
    seconds: struct.Struct
    seconds_at: int

    def entry(self, raw: bytes) -> tuple[int, bytes, int]:
        """Its type, its user and when."""
        kind, _, _, _, user = _NAMES.unpack_from(raw)
        (seconds,) = self.seconds.unpack_from(raw, self.seconds_at)
        return kind, user.partition(b"\0")[0], seconds

    def fits(self, head: bytes) -> bool:
        """Whether the first records make sense in this form."""
        raw = [head[i : i + self.size] for i in range(0, min(len(head), 4 * self.size), self.size)]
        whole = [self.entry(record) for record in raw if len(record) == self.size]
        made = all(record[2:4] == b"\0\0" for record in raw)
        return bool(whole) and made and all(0 < k <= _LAST_TYPE and _SINCE < t < _UNTIL for k, _, t in whole)


_FORMS = (_Form(384, struct.Struct("<I"), 340), _Form(400, struct.Struct("<q"), 344))


def is_wtmp(head: bytes) -> bool:
    return any(form.fits(head) for form in _FORMS)


def records_of(file: IO[bytes], head: bytes, source: str) -> Iterator[Record]:
    """One record per start that followed another without a shutdown between them, dated at the later start.
    How the time before the first start ended is not told, nor anything by a system that notes no shutdowns.
    """
    form = next((form for form in _FORMS if form.fits(head)), None)
    for when in _unclean(_entries(file, form)) if form else ():
        yield Record("oscrash", when, detail={"cause": "unknown"}, key=f"wtmp:{source}:{when}")


def _entries(file: IO[bytes], form: _Form) -> Iterator[tuple[int, bytes, int]]:
    while len(raw := file.read(form.size)) == form.size:
        yield form.entry(raw)


def _unclean(entries: Iterable[tuple[int, bytes, int]]) -> list[datetime]:
    found: list[datetime] = []
    runs = noted = False
    for kind, user, seconds in entries:
        if kind == _RUN_LEVEL and user == b"shutdown":
            runs, noted = False, True
        elif kind == _BOOT:
            if runs and (when := times.unix_us(seconds * 1_000_000)):
                found.append(when)
            runs = True
    return found if noted else []
