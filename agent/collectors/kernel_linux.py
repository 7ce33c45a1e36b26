"""What the kernel's own log tells: programs ended for want of memory, and programs that died of a fault.

Faults alone are no record of crashes: a program that gives up by itself or that somebody ends leaves no
line. So they are told only while nothing better is there, and the coverage stays what it is.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from agent.collectors.happenings import happenings
from agent.collectors.journal_linux import Journal, open_journal, require_readable
from agent.reading import Collector, Effort, Reading, SourceAbsent, SourceDenied
from agent.records import journal as entries
from agent.records.kernel_log import kernel_record
from agent.records.model import Record
from agent.system.boot_id_linux import boot_id

EVERY = 30.0

KMSG = Path("/dev/kmsg")
LONGEST_LINE = 8192
FROM_PROGRAMS = 8  # priority and facility in one number: from here on programs wrote the line

MATCHES = (
    ("_TRANSPORT=kernel",),
    (f"MESSAGE_ID={entries.UNIT_OUT_OF_MEMORY}", "_PID=1"),
    (f"MESSAGE_ID={entries.OOMD_KILL}",),
)


class KernelSource(Protocol):
    def after(self, cursor: str | None, now: float) -> tuple[list[Record], str]:
        """Records since the cursor, none at the first look, and the next cursor. May raise SourceDenied or
        SourceAbsent.
        """


class KernelBuffer:
    """The kernel's ring of lines (Documentation/ABI/testing/dev-kmsg): of this run only, and not for ever."""

    def __init__(
        self,
        path: Path = KMSG,
        boot_id: Callable[[], str] = boot_id,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._boot_id, self._monotonic = path, boot_id, monotonic
        self._file: int | None = None

    def after(self, cursor: str | None, now: float) -> tuple[list[Record], str]:
        """Records of the lines after the cursor, `<boot id> <number of the line>`."""
        boot = self._boot_id()
        seen_boot, _, number = (cursor or "").partition(" ")
        last = int(number) if seen_boot == boot else -1
        if self._file is None:
            self._file = self._open()
        records = []
        while line := self._line():
            head, _, message = line.partition(";")
            origin, sequence, stamp, *_ = head.split(",")
            if int(sequence) <= last:
                continue
            last = int(sequence)
            if cursor is None or int(origin) >= FROM_PROGRAMS:
                continue
            ago = max(0.0, self._monotonic() - int(stamp) / 1e6)
            when = datetime.fromtimestamp(now - ago, UTC)
            if (record := kernel_record(message.split("\n")[0], when, boot)) is not None:
                records.append(record)
        return records, f"{boot} {last}"

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except PermissionError:
            raise SourceDenied("Only root may read the kernel's log.") from None
        except OSError as error:
            raise SourceAbsent(f"The kernel's log cannot be read ({error}).") from None

    def _line(self) -> str:
        assert self._file is not None
        while True:
            try:
                return os.read(self._file, LONGEST_LINE).decode("utf-8", "replace")
            except BlockingIOError:
                return ""
            except BrokenPipeError:
                continue  # older lines were overwritten


class KernelJournal:
    """The same lines, and systemd's about memory, as the journal keeps them."""

    def __init__(
        self,
        open_journal: Callable[[], Journal] = lambda: open_journal(entries.FIELDS),
        require: Callable[[], None] = require_readable,
    ) -> None:
        self._open, self._require = open_journal, require
        self._journal: Journal | None = None

    def after(self, cursor: str | None, now: float) -> tuple[list[Record], str]:
        self._require()
        self._journal = self._journal or self._open()
        found, cursor = self._journal.after(cursor, MATCHES)
        return [record for entry in found if (record := entries.record_of(entry))], cursor


class KernelLog:
    """From the journal where it can be read, else from the ring. The cursor names which, and where there."""

    def __init__(
        self,
        crashes_are_recorded: Callable[[], bool],
        journal: KernelSource | None = None,
        buffer: KernelSource | None = None,
    ) -> None:
        self._crashes_are_recorded = crashes_are_recorded
        self._sources: dict[str, KernelSource] = {
            "journal": journal or KernelJournal(),
            "ring": buffer or KernelBuffer(),
        }

    def collect(self, now: float, cursor: str | None) -> Reading:
        kinds = frozenset({"oom"} if self._crashes_are_recorded() else {"oom", "crash"})
        name, _, rest = (cursor or "").partition(" ")
        refusal: SourceDenied | SourceAbsent | None = None
        for source, lines in self._sources.items():
            try:
                records, following = lines.after(rest if source == name else None, now)
            except (SourceDenied, SourceAbsent) as error:
                refusal = error
                continue
            return Reading(events=happenings(records, kinds, now), cursor=f"{source} {following}")
        raise refusal or SourceAbsent("The kernel's log cannot be read.")


def collector(crashes_are_recorded: Callable[[], bool]) -> Collector:
    return Collector("kernel", (), EVERY, KernelLog(crashes_are_recorded).collect, effort=Effort.WAITS)
