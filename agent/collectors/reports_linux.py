"""Crash reports that a handler leaves as files: apport (Ubuntu) and ABRT (older Fedora and Red Hat)."""

import grp
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.collectors.journal_linux import account
from agent.collectors.reading import SourceDenied
from agent.language.words import said
from agent.records import abrt, apport
from agent.records.model import Record

APPORT = Path("/var/crash")
ABRT = Path("/var/spool/abrt")


class Reports:
    """New reports of one folder.

    A report is known by its name and by the crash it tells of: its file is written anew when somebody
    looks at it, and that is no second crash. The cursor lists those of the last look.
    """

    def __init__(self, folder: Path, pattern: str, read: Callable[[Path], Record | None]) -> None:
        self._folder, self._pattern, self._read = folder, pattern, read

    def after(self, cursor: str | None) -> tuple[list[Record], str]:
        """Reports that were not there at the last look; at the first, all count as seen."""
        known: dict[str, str] = json.loads(cursor) if cursor else {}
        found = {path.name: record for path, record in self._reports()}
        keys = {name: record.key for name, record in found.items()}
        new = [record for name, record in found.items() if cursor and known.get(name) != record.key]
        return new, json.dumps(keys, sort_keys=True)

    def _reports(self) -> Iterator[tuple[Path, Record]]:
        for path in sorted(self._folder.glob(self._pattern)):
            try:
                record = self._read(path)
            except FileNotFoundError:
                continue  # deleted in this moment
            except PermissionError:
                raise SourceDenied(*_why_denied(self._folder)) from None
            if record is not None:
                yield path, record


def _why_denied(folder: Path) -> tuple[str, str]:
    group = grp.getgrgid(folder.stat().st_gid).gr_name
    sentence = said(f"The account {account()} may not read the crash reports in {folder}.")
    return sentence, "" if group == "root" else f"sudo usermod -aG {group} {account()}"


def read_apport(path: Path) -> Record | None:
    with path.open(encoding="utf-8", errors="replace") as file:
        return apport.record_of(apport.fields(file))


def read_abrt(folder: Path) -> Record | None:
    elements = {}
    for name in abrt.ELEMENTS:
        if (folder / name).exists():
            elements[name] = (folder / name).read_text("utf-8", "replace")
    if not elements and not os.access(folder, os.R_OK | os.X_OK):
        raise PermissionError(folder)
    return abrt.record_of(elements)


def apport_reports(folder: Path = APPORT) -> Reports:
    return Reports(folder, "*.crash", read_apport)


def abrt_reports(folder: Path = ABRT) -> Reports:
    return Reports(folder, "*-*/", read_abrt)
