"""Reports that macOS leaves as files when a program crashes or hangs, or the kernel panics.

Programs of people are reported in their own folders, those of the system in a common one; old reports move
to a folder `Retired` beside.
"""

import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path

from agent.collectors.happenings import happenings
from agent.reading import Collector, Effort, Reading, SourceAbsent, SourceDenied
from agent.records.errors import Unreadable
from agent.records.macos_panics import PANIC_LINE, from_text
from agent.records.macos_reports import LONGEST, crash_text_record, ips_record
from agent.records.macos_spindump import HEAD
from agent.records.macos_spindump import record_of as spindump_record
from agent.records.model import Record
from agent.records.source import plain

EVERY = 30.0  # a crash is to be seen within a minute

OF_THE_SYSTEM = "/Library/Logs/DiagnosticReports"
PEOPLE = "/Users"
OF_A_PERSON = "Library/Logs/DiagnosticReports"
RETIRED = "Retired"
ENDINGS = (".ips", ".crash", ".panic", ".hang", ".spin", ".diag")
MOST_NEW = 200  # reports read in one look; the others follow
BEING_WRITTEN = 60.0  # seconds; a report that cannot be read and is younger is looked at again

FAILURES = frozenset({"crash", "hang"})


class Reports:
    """Reports that were not there at the last look. The cursor lists names, which a report keeps when it
    retires.
    """

    def __init__(
        self,
        of_the_system: str = OF_THE_SYSTEM,
        people: str | None = PEOPLE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._of_the_system, self._people, self._clock = of_the_system, people, clock

    def after(self, cursor: str | None) -> tuple[list[Record], str]:
        """New reports and the next cursor; at the first look, all count as seen. May raise SourceDenied or
        SourceAbsent.
        """
        found = {path.name: path for path in self._files()}
        if cursor is None:
            return [], json.dumps(sorted(found))
        known = set(json.loads(cursor)) & set(found)
        records = []
        for name in sorted(set(found) - known)[:MOST_NEW]:
            try:
                record = record_of(found[name])
            except FileNotFoundError:
                continue  # it moved in this moment, and will be found where it is
            except (Unreadable, OSError):
                if self._is_young(found[name]):
                    continue
                record = None
            known.add(name)
            if record is not None:
                records.append(record)
        return records, json.dumps(sorted(known))

    def _files(self) -> Iterator[Path]:
        folders = [self._of_the_system]
        if self._people:
            folders += [os.path.join(home, OF_A_PERSON) for home in glob(os.path.join(self._people, "*"))]
        there = False
        for folder in folders:
            try:
                entries = [*os.scandir(folder), *_retired(folder)]
            except PermissionError:
                raise SourceDenied(f"This account may not read the reports in {folder}.") from None
            except (FileNotFoundError, NotADirectoryError):
                continue
            there = True
            for entry in entries:
                if entry.name.endswith(ENDINGS) and entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)
        if not there:
            raise SourceAbsent("This system keeps no reports of crashes.")

    def _is_young(self, path: Path) -> bool:
        try:
            return self._clock() - os.lstat(path).st_mtime < BEING_WRITTEN
        except OSError:
            return False


def _retired(folder: str) -> Iterator["os.DirEntry[str]"]:
    path = os.path.join(folder, RETIRED)
    if os.path.lexists(path) and stat.S_ISDIR(os.lstat(path).st_mode):
        yield from os.scandir(path)


def record_of(path: Path) -> Record | None:
    """What a report says, by its content: names lie. May raise Unreadable or OSError."""
    text = plain(path).beginning(LONGEST)
    if text.lstrip().startswith("{"):
        return ips_record(text.lstrip())
    if PANIC_LINE.search(text):
        return from_text(text)
    return spindump_record(text) if HEAD.search(text) else crash_text_record(text)


class Failures:
    """Crashes and hangs. The cursor is that of the reports."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def collect(self, now: float, cursor: str | None) -> Reading:
        records, following = self._reports.after(cursor)
        return Reading(events=happenings(records, FAILURES, now), cursor=following)


def collector(reports: Reports) -> Collector:
    return Collector("failures", ("crash", "hang"), EVERY, Failures(reports).collect, effort=Effort.WAITS)
