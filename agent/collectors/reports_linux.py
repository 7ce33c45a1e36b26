"""Crash reports that a handler leaves as files: apport (Ubuntu) and ABRT (older Fedora and Red Hat)."""

import grp
import heapq
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.collectors.journal_linux import account
from agent.language.words import said
from agent.reading import SourceDenied
from agent.records import abrt, apport
from agent.records.errors import Unreadable
from agent.records.model import Record
from agent.records.source import first_text

APPORT = Path("/var/crash")
ABRT = Path("/var/spool/abrt")

MOST_REPORTS = 200  # of one folder, the newest; anybody may write into apport's
APPORT_BYTES = 1024 * 1024  # of a report, more than stands before the core


class Reports:
    """New reports of one folder.

    A report is known by its name and by the crash it tells of: its file is written anew when somebody
    looks at it, and that is no second crash. The cursor lists those of the last look.
    """

    def __init__(
        self,
        folder: Path,
        is_report: Callable[["os.DirEntry[str]"], bool],
        read: Callable[[Path], Record | None],
    ) -> None:
        self._folder, self._is_report, self._read = folder, is_report, read

    def after(self, cursor: str | None) -> tuple[list[Record], str]:
        """Reports that were not there at the last look; at the first, all count as seen."""
        known: dict[str, str] = json.loads(cursor) if cursor else {}
        found = {path.name: record for path, record in self._reports()}
        keys = {name: record.key for name, record in found.items()}
        new = [record for name, record in found.items() if cursor and known.get(name) != record.key]
        return new, json.dumps(keys, sort_keys=True)

    def _reports(self) -> Iterator[tuple[Path, Record]]:
        """One without a key is not written to its end yet, or damaged."""
        try:
            for path in self._newest():
                record = self._read_one(path)
                if record is not None and record.key:
                    yield path, record
        except PermissionError:
            raise SourceDenied(*_why_denied(self._folder)) from None

    def _newest(self) -> list[Path]:
        try:
            with os.scandir(self._folder) as entries:
                found = [(_changed(entry), entry.path) for entry in entries if self._is_report(entry)]
        except FileNotFoundError:
            return []
        return sorted(Path(path) for _, path in heapq.nlargest(MOST_REPORTS, found))

    def _read_one(self, path: Path) -> Record | None:
        try:
            return self._read(path)
        except PermissionError:
            raise
        except (Unreadable, OSError):
            return None  # deleted in this moment, or a pipe, a link, a device


def _changed(entry: "os.DirEntry[str]") -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return 0.0


def _why_denied(folder: Path) -> tuple[str, str]:
    group = grp.getgrgid(folder.stat().st_gid).gr_name
    sentence = said(f"The account {account()} may not read the crash reports in {folder}.")
    return sentence, "" if group == "root" else f"sudo usermod -aG {group} {account()}"


def read_apport(path: Path) -> Record | None:
    return apport.record_of(apport.fields(first_text(path, APPORT_BYTES).split("\n")))


def read_abrt(folder: Path) -> Record | None:
    elements = abrt.elements_of(folder)
    if not elements and not os.access(folder, os.R_OK | os.X_OK):
        raise PermissionError(folder)
    return abrt.record_of(elements)


def apport_reports(folder: Path = APPORT) -> Reports:
    return Reports(
        folder,
        lambda entry: entry.name.endswith(".crash") and entry.is_file(follow_symlinks=False),
        read_apport,
    )


def abrt_reports(folder: Path = ABRT) -> Reports:
    return Reports(folder, lambda entry: "-" in entry.name and entry.is_dir(follow_symlinks=False), read_abrt)
